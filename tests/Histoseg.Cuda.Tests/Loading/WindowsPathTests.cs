using Histoseg.Cuda;

namespace Histoseg.Tests.Loading;

/// <summary>Paths as Windows writes them, on a machine that exists on paper.</summary>
public class WindowsPathTests
{
    [Fact]
    public void A_variable_is_cut_at_semicolons_and_not_at_the_colon_of_a_drive()
    {
        var system = FakeSystem.Windows(new() { ["HISTOSEG_CUDA_PATH"] = @"C:\a\; D:\b ;;\\server\share\c" });
        Assert.Equal(
            [@"C:\a", @"D:\b", @"\\server\share\c", @"C:\a\bin", @"D:\b\bin", @"\\server\share\c\bin"], SearchPlaces.Folders(system).Take(6));
    }

    [Fact]
    public void A_drives_root_gets_no_second_backslash_and_a_bare_name_none()
    {
        var system = FakeSystem.Windows([]);
        Assert.Equal(@"C:\cudnn64_9.dll", system.Join(@"C:\", "cudnn64_9.dll"));
        Assert.Equal("C:/cudnn64_9.dll", system.Join("C:/", "cudnn64_9.dll"));
        Assert.Equal(@"C:\CUDA\cudnn64_9.dll", system.Join(@"C:\CUDA", "cudnn64_9.dll"));
        Assert.Equal("cudnn64_9.dll", system.Join("", "cudnn64_9.dll"));
    }

    [Fact]
    public void Nothing_of_Linux_is_searched()
    {
        var variables = new Dictionary<string, string> { ["HOME"] = @"C:\Users\me", ["USERPROFILE"] = @"C:\Users\me", ["CUDA_PATH"] = @"C:\CUDA" };
        var folders = SearchPlaces.Folders(FakeSystem.Windows(variables)).ToList();
        Assert.Contains(@"C:\CUDA\bin", folders);
        Assert.All(folders, folder => Assert.DoesNotContain('/', folder));
    }
}
