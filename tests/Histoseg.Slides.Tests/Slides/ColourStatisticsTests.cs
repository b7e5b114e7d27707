using Histoseg.Slides.Checks;
using Histoseg.Slides.Tests.Fakes;

namespace Histoseg.Slides.Tests.Slides;

/// <summary>The colours of tissue, and which are far from those a model was trained on.</summary>
public sealed class ColourStatisticsTests
{
    private static readonly ColourStatistics Trained = new([0.3, 0.9, 0.3]);

    private static PaintedSlide Of(int side, (byte, byte, byte) tissue) =>
        new(side, side, (_, _) => 0, (x, _) => x < side / 2 ? tissue : ((byte)240, (byte)240, (byte)240));

    [Theory]
    [InlineData(64)]
    [InlineData(5000)] // looked at in pieces
    public void White_is_left_out(int side)
    {
        var colours = ColourStatistics.Of(Of(side, (127, 63, 255)))!;
        foreach (var (expected, density) in new[] { Math.Log(2), Math.Log(4), 0 }.Zip(colours.MeanDensity))
            Assert.Equal(expected, density, 9);
        Assert.Null(ColourStatistics.Of(Of(side, (250, 250, 250))));
    }

    [Theory]
    [InlineData(190, 104, 190, false)] // as trained
    [InlineData(150, 80, 150, false)] // stained more strongly
    [InlineData(175, 110, 140, false)] // of another scanner
    [InlineData(245, 215, 242, true)] // so pale that little is stained
    [InlineData(128, 128, 128, true)] // grey
    [InlineData(140, 100, 70, true)] // brown
    [InlineData(5, 3, 60, true)] // fluorescence
    public void What_is_no_such_stain_is_told(byte r, byte g, byte b, bool isTold)
    {
        var slide = Of(64, (r, g, b));
        var told = ForeignColours.Warning(slide, Trained);
        Assert.Equal(isTold, told is not null);
        if (isTold)
            Assert.StartsWith("painted: its colours are far from those the model was trained on (", told, StringComparison.Ordinal);
        Assert.Null(ForeignColours.Warning(slide, null));
    }
}
