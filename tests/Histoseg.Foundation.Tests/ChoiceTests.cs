namespace Histoseg.Foundation.Tests;

public class ChoiceTests
{
    [Theory]
    [InlineData("bf16", "bf16")]
    [InlineData("BF16", "bf16")]
    [InlineData(" Bf-16 ", "bf16")]
    [InlineData("not-white", "not_white")]
    [InlineData("NotWhite", "not_white")]
    [InlineData("bf1", null)]
    [InlineData("", null)]
    [InlineData("0", null)]
    public void A_name_is_found_however_it_is_written(string given, string? name) => Assert.Equal(name, Choice.Find(given, ["bf16", "tf32", "not_white"]));

    [Fact]
    public void Names_in_words()
    {
        Assert.Equal("a, b or c", Choice.InWords(["a", "b", "c"]));
        Assert.Equal("a or b", Choice.InWords(["a", "b"]));
        Assert.Equal("a", Choice.InWords(["a"]));
    }
}
