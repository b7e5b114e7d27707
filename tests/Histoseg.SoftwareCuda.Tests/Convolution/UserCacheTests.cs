using Histoseg.Engine.Backends.Cuda;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

public class UserCacheTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_own_variable_comes_first_and_empty_ones_do_not_count(bool windows)
    {
        Assert.Equal("/a", Folder(windows, ("HISTOSEG_CACHE", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c"), ("LOCALAPPDATA", "/d")));
        Assert.Null(Folder(windows, ("HISTOSEG_CACHE", ""), ("XDG_CACHE_HOME", ""), ("HOME", ""), ("LOCALAPPDATA", "")));
    }

    [Fact]
    public void Otherwise_it_lies_in_the_users_cache_folder()
    {
        Assert.Equal(Path.Combine("/b", "histoseg"), Folder(false, ("XDG_CACHE_HOME", "/b"), ("HOME", "/c"), ("LOCALAPPDATA", "/d")));
        Assert.Equal(Path.Combine("/c", ".cache", "histoseg"), Folder(false, ("HOME", "/c"), ("LOCALAPPDATA", "/d")));
    }

    [Fact]
    public void On_Windows_it_lies_in_the_folder_of_local_application_data_alone()
    {
        const string local = @"C:\Users\me\AppData\Local";
        Assert.Equal(Path.Combine(local, "histoseg"), Folder(true, ("HOME", "/c"), ("LOCALAPPDATA", local)));
        Assert.Null(Folder(true, ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")));
    }

    private static string? Folder(bool windows, params (string Name, string Value)[] variables) =>
        UserCache.Folder(windows, name => variables.FirstOrDefault(v => v.Name == name).Value);
}
