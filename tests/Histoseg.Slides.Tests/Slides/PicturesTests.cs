using Histoseg.Slides.Opening;
using Histoseg.Slides.Vips;

namespace Histoseg.Slides.Tests.Slides;

public class PicturesTests
{
    [Fact]
    public void A_png_keeps_every_pixel()
    {
        using var folder = new TempFolder();
        byte[] rgb = new byte[31 * 17 * 3], read = new byte[31 * 17 * 3];
        new Random(3).NextBytes(rgb);
        Pictures.WritePng(Path.Combine(folder.Root, "new", "p.png"), rgb, 31, 17);
        using var slide = SlideFile.Open(Path.Combine(folder.Root, "new", "p.png"));
        slide.ReadRegion(0, 0, 0, 31, 17, read);
        Assert.Equal(rgb, read);
    }

    [Fact]
    public void A_file_written_anew_is_read_anew()
    {
        using var folder = new TempFolder();
        var read = new byte[4 * 4];
        foreach (var value in (byte[])[10, 200])
        {
            Pictures.WriteGreyPng(folder["p.png"], Enumerable.Repeat(value, 4).ToArray(), 2, 2);
            using var slide = SlideFile.Open(folder["p.png"]);
            slide.ReadRegion(0, 0, 0, 2, 2, read);
            Assert.Equal(value, read[0]);
        }
    }

    [Fact]
    public void A_thumbnail_is_the_whole_slide_small()
    {
        using var slide = new MemorySlide([new(800, 200, 1)], (_, x, _, _) => (byte)(x < 400 ? 30 : 90));
        (var rgb, var width, var height) = Pictures.Thumbnail(new SlideView(slide, 0.5, 0.5), 100);
        Assert.Equal((100, 25), (width, height));
        Assert.Equal((30, 90), (rgb[0], rgb[^1]));
        Assert.Equal(0xFF, Pictures.ToJpegBytes(rgb, width, height)[0]);
    }

    [Fact]
    public void A_file_that_cannot_be_written_names_its_folder()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["taken.png"]);
        Assert.Contains(folder.Root, Assert.Throws<WriteError>(() => Pictures.WritePng(folder["taken.png"], new byte[3], 1, 1)).Message);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }
}
