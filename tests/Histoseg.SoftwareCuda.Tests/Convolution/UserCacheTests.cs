using Histoseg.Engine.Backends.Cuda;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

public class UserCacheTests
{
    [Fact]
    public void The_own_variable_comes_first_and_empty_ones_do_not_count()
    {
        Assert.Equal("/a", Folder(("HISTOSEG_CACHE", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c"), ("LOCALAPPDATA", "/d")));
        Assert.Null(Folder(("HISTOSEG_CACHE", ""), ("XDG_CACHE_HOME", ""), ("HOME", ""), ("LOCALAPPDATA", "")));
    }

    [Fact]
    public void Otherwise_it_lies_in_the_users_cache_folder()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Equal(Path.Combine("/d", "histoseg"), Folder(("HOME", "/c"), ("LOCALAPPDATA", "/d")));
            return;
        }
        Assert.Equal("/b/histoseg", Folder(("XDG_CACHE_HOME", "/b"), ("HOME", "/c")));
        Assert.Equal("/c/.cache/histoseg", Folder(("HOME", "/c")));
    }

    private static string? Folder(params (string Name, string Value)[] variables) =>
        UserCache.Folder(name => variables.FirstOrDefault(v => v.Name == name).Value);
}
