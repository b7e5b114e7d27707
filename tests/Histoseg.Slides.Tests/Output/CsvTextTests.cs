using Histoseg.Slides.Output;
using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Tests.Output;

public class CsvTextTests
{
    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+A1", "'+A1")]
    [InlineData("-cmd", "'-cmd")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\rx", "\"'\rx\"")]
    [InlineData("=HYPERLINK(\"a\",\"b\")", "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\"")]
    [InlineData("-1+2", "'-1+2")]
    [InlineData("＝1", "'＝1")]
    [InlineData("'=1", "''=1")]
    [InlineData("''@a", "'''@a")]
    [InlineData("-0.5", "-0.5")]
    [InlineData("+3", "+3")]
    [InlineData("-1e-7", "-1e-7")]
    [InlineData("-Infinity", "-Infinity")]
    [InlineData("a=1", "a=1")]
    [InlineData("'quoted'", "'quoted'")]
    [InlineData("tumour, solid", "\"tumour, solid\"")]
    [InlineData("", "")]
    public void What_a_spreadsheet_would_run_is_text(string field, string written)
    {
        Assert.Equal($"h,{written}\r\n{written},1\r\n", CsvText.Of(["h", field], [[field, "1"]]));
        Assert.Equal(field, CsvText.Plain(written.Trim('"').Replace("\"\"", "\"")));
    }

    [Fact]
    public void A_manifest_comes_back_as_written()
    {
        using var folder = new TempFolder();
        string[] slides = ["=1+1.tif", "-b.tif", "'@c.tif", "d.tif"];
        foreach (var slide in slides)
            folder.Write(slide, "");
        var path = folder.Write("m.csv", CsvText.Of(["slide", "patient"], slides.Select(slide => (string[])[slide, "+" + slide])));
        Assert.Contains("'=1+1.tif,'+=1+1.tif", File.ReadAllText(path));
        var rows = Manifest.Load(path).Rows;
        Assert.Equal(slides, rows.Select(row => Path.GetFileName(row.Slide)));
        Assert.Equal(slides.Select(slide => "+" + slide), rows.Select(row => row.Patient));
    }
}
