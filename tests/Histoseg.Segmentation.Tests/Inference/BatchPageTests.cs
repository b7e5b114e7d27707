using Histoseg.Segmentation.Inference;
using Histoseg.Slides;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Output;
using NetVips;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>What can be seen of a batch without a viewer: overlay pictures and the page of all slides.</summary>
public sealed class BatchPageTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_classes_are_laid_over_a_small_picture_where_they_are()
    {
        const int width = 3200, height = 400;
        using (var slide = new PyramidWriter(_folder["s.tif"], width, height, 0.5, PyramidKind.Rgb))
        {
            var row = new byte[width * 3];
            row.AsSpan().Fill(200);
            for (var y = 0; y < height; y++)
                slide.Write(row);
            slide.Complete();
        }
        using var opened = SlideFile.Open(_folder["s.tif"]);
        using (var picture = new OverlayPicture(_folder["s.jpg"], new SlideView(opened, 0.5, 0.5), Slides.Annotations.ClassPalette.Usual))
        {
            // A class at [800, 1600) × [100, 300), in pieces of uneven height.
            for (var y = 0; y < height; y += 80)
                picture.Write([.. from row in Enumerable.Range(y, 80) from x in Enumerable.Range(0, width)
                                  select (byte)(x is >= 800 and < 1600 && row is >= 100 and < 300 ? 2 : 0)]);
            Assert.False(File.Exists(_folder["s.jpg"]));
            picture.Complete();
        }
        using var drawn = Image.NewFromFile(_folder["s.jpg"]);
        Assert.Equal((1600, 200), (drawn.Width, drawn.Height));
        bool IsBlue(int x, int y) => drawn.Getpoint(x, y) is [var red, _, var blue, ..] && blue > red + 40;
        Assert.All([(410, 60), (790, 140), (600, 100)], at => Assert.True(IsBlue(at.Item1, at.Item2), $"{at}"));
        Assert.All([(390, 100), (810, 100), (600, 40), (600, 160)], at => Assert.False(IsBlue(at.Item1, at.Item2), $"{at}"));
    }

    [Fact]
    public void The_page_has_pictures_areas_links_and_failures_and_takes_names_for_text()
    {
        const string name = "a & <b> 1%";
        _folder.Write("model-outputs-csv/" + name + ".csv",
            "class,pixels,area_mm2,share\r\nbackground,9,9,0.9\r\ntumour,1,1.25,0.1\r\nstroma,0,0,0\r\nunreadable,0,0,\r\n");
        _folder.Write("failures.csv", "slide,error\r\n/s/<i>.svs,/s/<i>.svs: broken\r\n");
        new DoneRecord(new DoneKey { Slide = "/s/a.svs", Bytes = 1, ModifiedUtc = default, Model = "m", MicronsPerPixel = 1, PatchSize = 64 },
            [OutputKinds.Overlay.RelativePath(name), OutputKinds.Mask.RelativePath(name)], "half of it <cannot> be read").Save(_folder.Root, name);
        BatchPage.Write(_folder.Root);
        var page = File.ReadAllText(_folder["index.html"]);
        Assert.Contains("1 slide segmented", page);
        Assert.Contains("src=\"overlays/a%20%26%20%3Cb%3E%201%25.jpg\"", page);
        Assert.Contains("href=\"segmentations/a%20%26%20%3Cb%3E%201%25.tif\"", page);
        Assert.DoesNotContain("heatmaps/", page);
        Assert.Contains("<h2>a &amp; &lt;b&gt; 1%</h2><p>tumour 1.25 mm&#178;</p>", page);
        Assert.Contains("half of it &lt;cannot&gt; be read", page);
        Assert.Contains("/s/&lt;i&gt;.svs: broken", page);
        Assert.DoesNotContain("<b>", page);
        Assert.DoesNotContain("<script", page);
    }
}
