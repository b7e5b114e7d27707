namespace Histoseg.Foundation.Tests;

/// <summary>Names of others in a terminal and in Markdown.</summary>
public class VisibleTests
{
    [Theory]
    [InlineData("Präparat 12_α 切片.svs", "Präparat 12_α 切片.svs")]
    [InlineData("a\u001b[31mred\u0007\u009b\0\u007f", @"a\x1b[31mred\x07\x9b\x00\x7f")]
    [InlineData("\u202egnp.exe\u2066\u200f\u2028", @"\u202egnp.exe\u2066\u200f\u2028")]
    [InlineData("a\r\nb\nc\td", "a\r\nb\nc\td")]
    [InlineData("overwritten\rshown\r", @"overwritten\x0dshown\x0d")]
    public void Control_characters_are_written_out(string text, string shown) => Assert.Equal(shown, Visible.Text(text));

    [Fact]
    public void On_one_line_ends_of_lines_are_too() => Assert.Equal(@"a\x0d\nb\n", Visible.Line("a\r\nb\n"));

    [Theory]
    [InlineData("tumour", "tumour")]
    [InlineData("high_grade", "high_grade")]
    [InlineData("_in situ_", @"\_in situ\_")]
    [InlineData("`a` *b* <img src=x> [c](d) ~e~ &lt; \\", @"\`a\` \*b\* \<img src=x\> \[c\](d) \~e\~ \&lt; \\")]
    [InlineData("two\nlines", "two lines")]
    [InlineData("\u001b[1m", @"\\x1b\[1m")]
    public void Markdown_shows_a_name_as_it_is(string name, string markdown) => Assert.Equal(markdown, MarkdownText.Plain(name));

    [Fact]
    public void A_bar_and_a_backslash_stay_within_their_cell() =>
        Assert.Equal("| a\\|b | c\\\\\\|d |\n| --- | --- |\n", MarkdownTable.Of([MarkdownText.Plain("a|b"), MarkdownText.Plain("c\\|d")], [], textColumns: 1));
}
