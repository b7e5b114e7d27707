namespace Histoseg.Foundation.Tests;

public sealed class FileNameLengthTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("abc", 3, "abc")]
    [InlineData("abc", 2, "ab")]
    [InlineData("aäb", 2, "a")]
    [InlineData("a😀b", 4, "a")]
    [InlineData("a😀b", 5, "a😀")]
    public void Names_are_cut_between_letters(string name, int bytes, string cut) => Assert.Equal(cut, FileNameLength.Cut(name, bytes));

    [Fact]
    public void A_file_can_have_the_longest_name_there_is()
    {
        var path = _folder[new string('語', 83) + ".tif"];
        WholeFile.WriteText(path, "whole");
        Assert.Equal("whole", File.ReadAllText(path));
        Assert.Single(_folder.Files);
    }
}
