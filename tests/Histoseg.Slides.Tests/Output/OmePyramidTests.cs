using System.Xml.Linq;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Output;
using Histoseg.Slides.Tests.Slides;
using NetVips;

namespace Histoseg.Slides.Tests.Output;

/// <summary>Probabilities as OME-TIFF: every channel is the pyramid that it is alone, in readers that follow SubIFDs and in those that do not.</summary>
public sealed class OmePyramidTests : IDisposable
{
    private static readonly string[] _names = ["background", "gland & <b>", "Drüse"];
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static byte Value(int x, int y, int c) => MemorySlide.Hash(x / 3, y / 2, c);

    private string Write(int width, int height, int rowsAtOnce)
    {
        var rows = Enumerable.Range(0, height).Select(y => (byte[])[.. Enumerable.Range(0, width).SelectMany(x => _names.Select((_, c) => Value(x, y, c)))]);
        using var writer = new OmePyramidWriter(_folder["p.ome.tif"], width, height, 0.5, _names, new([null, "#ff8001"]));
        foreach (var some in rows.Chunk(rowsAtOnce))
            writer.Write([.. some.SelectMany(row => row)]);
        writer.Complete();
        return _folder["p.ome.tif"];
    }

    private List<PlainTiffPage> Alone(int width, int height, int channel)
    {
        using (var writer = new PyramidWriter(_folder["alone.tif"], width, height, 0.5, PyramidKind.Grey8))
        {
            for (var y = 0; y < height; y++)
                writer.Write([.. Enumerable.Range(0, width).Select(x => Value(x, y, channel))]);
            writer.Complete();
        }
        return PlainTiffPage.Of(_folder["alone.tif"]);
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(40, 700, 64)]
    [InlineData(513, 512, 7)]
    [InlineData(1500, 1100, 64)]
    public void Every_level_of_every_channel_reads_back(int width, int height, int rowsAtOnce)
    {
        var path = Write(width, height, rowsAtOnce);
        var pages = PlainTiffPage.Of(path);
        Assert.Equal(_names.Length, pages.Count);
        for (var channel = 0; channel < _names.Length; channel++)
        {
            var levels = Alone(width, height, channel);
            Assert.Equal(levels[0].Pixels, pages[channel].Pixels);
            for (var level = 0; level < levels.Count; level++)
            {
                // libvips counts what hangs on a page from 0, and −1 is the page.
                using var image = Image.Tiffload(path, page: channel, subifd: level - 1, failOn: Enums.FailOn.Warning);
                Assert.Equal((levels[level].Width, levels[level].Height), (image.Width, image.Height));
                Assert.Equal(levels[level].Pixels, image.WriteToMemory<byte>());
            }
        }
    }

    [Fact]
    public void Its_description_says_what_the_channels_are()
    {
        using var image = Image.Tiffload(Write(600, 520, 20));
        Assert.Equal(2000, image.Xres, 1e-6); // per mm
        XNamespace ome = "http://www.openmicroscopy.org/Schemas/OME/2016-06";
        var pixels = XDocument.Parse((string)image.Get("image-description")).Root!.Element(ome + "Image")!.Element(ome + "Pixels")!;
        Assert.Equal(["600", "520", "3", "1", "1", "uint8", "XYCZT", "0.5", "µm"], new[] { "SizeX", "SizeY", "SizeC", "SizeZ", "SizeT", "Type",
            "DimensionOrder", "PhysicalSizeX", "PhysicalSizeXUnit" }.Select(name => pixels.Attribute(name)!.Value));
        var channels = pixels.Elements(ome + "Channel").ToList();
        Assert.Equal(_names, channels.Select(channel => channel.Attribute("Name")!.Value));
        Assert.Equal(unchecked((int)0xff8001ff), (int)channels[1].Attribute("Color")!);
        Assert.Equal(["0", "1", "2"], pixels.Elements(ome + "TiffData").Select(data => data.Attribute("IFD")!.Value));
    }

    [Fact]
    public void Misuse_is_refused_and_nothing_is_left_of_an_unfinished_file()
    {
        using (var writer = new OmePyramidWriter(_folder["n.ome.tif"], 4, 2, 1, _names, ClassPalette.Usual))
        {
            writer.Write(new byte[12]);
            Assert.Throws<InvalidOperationException>(writer.Complete);
            Assert.Throws<ArgumentException>(() => writer.Write(new byte[4]));
            Assert.Throws<ArgumentException>(() => writer.Write(new byte[24]));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Root));
    }
}
