namespace Histoseg.Foundation.Tests;

/// <summary>What a killed program left behind goes; what is whole, or still being written, stays.</summary>
public sealed class LeftoversTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a.tif.partial-0a1b2c3d", true)]
    [InlineData("run/last.ckpt.partial-ffffffff", true)]
    [InlineData("a.tif", false)]
    [InlineData("a.partial-notes.txt", false)]
    [InlineData("a.partial-", false)]
    public void They_are_told_by_their_names(string path, bool isLeftover) => Assert.Equal(isLeftover, Leftovers.Is(path));

    [Fact]
    public void They_are_removed_and_nothing_else_is()
    {
        _folder.Write("a.tif", "whole");
        _folder.Write("a.tif.partial-0a1b2c3d", "half");
        _folder.Write("a.partial-notes.txt", "mine");
        _folder.Write("deeper/b.tif.partial-0a1b2c3d", "of a folder that was not named");
        Leftovers.Remove(_folder.Root, _folder["missing"]);
        Assert.Equal(["a.partial-notes.txt", "a.tif"], _folder.Files.Order(StringComparer.Ordinal));
        Assert.True(File.Exists(_folder["deeper/b.tif.partial-0a1b2c3d"]));
    }

    [Fact]
    public void Those_of_one_file_are_removed()
    {
        _folder.Write("a.tif.partial-0a1b2c3d", "half");
        _folder.Write("a.tif.partial-ffffffff", "half");
        _folder.Write("aa.tif.partial-0a1b2c3d", "of another file");
        Leftovers.RemoveOf(_folder["a.tif"], _folder["missing/a.tif"]);
        Assert.Equal(["aa.tif.partial-0a1b2c3d"], _folder.Files);
        Assert.True(Leftovers.Is(Leftovers.NameBeside(_folder["a.tif"])));
    }

    [Fact]
    public void A_file_that_is_still_written_stays()
    {
        using (var file = new WholeFile(_folder["a.txt"]))
        {
            file.Append("half"u8);
            Leftovers.Remove(_folder.Root);
            Assert.Single(_folder.Files, Leftovers.Is);
            file.Complete();
        }
        Assert.Equal(["a.txt"], _folder.Files);
    }
}
