using BitMiracle.LibTiff.Classic;
using Picture = BitMiracle.LibTiff.Classic.Tiff;

namespace Histoseg.Slides.Tests.Slides;

/// <summary>Writes TIFFs of makes that libvips does not write.</summary>
internal static class LibTiff
{
    /// <summary>Writes a page; with a palette, index i is the colour (255 − i, i, i / 2).</summary>
    /// <param name="path">The file.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    /// <param name="bands">Samples of a pixel.</param>
    /// <param name="samples">height × width × bands × bits / 8 bytes.</param>
    /// <param name="tile">Side of the tiles; 0: strips of 16 rows.</param>
    /// <param name="compression">Of tiles or strips.</param>
    /// <param name="planar">Each colour apart.</param>
    /// <param name="photometric">What samples mean.</param>
    /// <param name="extra">What the fourth sample is.</param>
    /// <param name="orientation">How a viewer should turn it.</param>
    /// <param name="bits">Bits of a sample, 8 or more.</param>
    /// <param name="format">Kind of number.</param>
    /// <param name="set">Sets further tags.</param>
    /// <param name="mode">"w" for a new file, "a" for a further page.</param>
    public static void Write(string path, int width, int height, int bands, byte[] samples, int tile, Compression compression, bool planar,
        Photometric photometric, ExtraSample extra = ExtraSample.UNASSALPHA, Orientation orientation = Orientation.TOPLEFT, int bits = 8,
        SampleFormat format = SampleFormat.UINT, Action<Picture>? set = null, string mode = "w")
    {
        using var tiff = Picture.Open(path, mode);
        tiff.SetField(TiffTag.IMAGEWIDTH, width);
        tiff.SetField(TiffTag.IMAGELENGTH, height);
        tiff.SetField(TiffTag.SAMPLESPERPIXEL, bands);
        tiff.SetField(TiffTag.BITSPERSAMPLE, bits);
        tiff.SetField(TiffTag.SAMPLEFORMAT, format);
        tiff.SetField(TiffTag.COMPRESSION, compression);
        tiff.SetField(TiffTag.PHOTOMETRIC, photometric);
        tiff.SetField(TiffTag.PLANARCONFIG, planar ? PlanarConfig.SEPARATE : PlanarConfig.CONTIG);
        tiff.SetField(TiffTag.ORIENTATION, orientation);
        if (bands is 2 or 4)
            tiff.SetField(TiffTag.EXTRASAMPLES, 1, new[] { (short)extra });
        if (photometric == Photometric.PALETTE)
        {
            ushort[] Map(Func<int, int> colour) => [.. Enumerable.Range(0, 256).Select(i => (ushort)(colour(i) * 257))];
            tiff.SetField(TiffTag.COLORMAP, Map(i => 255 - i), Map(i => i), Map(i => i / 2));
        }
        if (tile > 0)
        {
            tiff.SetField(TiffTag.TILEWIDTH, tile);
            tiff.SetField(TiffTag.TILELENGTH, tile);
        }
        else
            tiff.SetField(TiffTag.ROWSPERSTRIP, 16);
        set?.Invoke(tiff);
        var (each, planes) = planar ? (bits / 8, bands) : (bands * bits / 8, 1);
        for (var plane = 0; plane < planes; plane++)
        {
            var bytes = planar ? Plane(samples, plane, bands, bits / 8) : samples;
            if (tile == 0)
            {
                for (var row = 0; row < height; row++)
                    Assert.True(tiff.WriteScanline(bytes[(row * width * each)..((row + 1) * width * each)], row, (short)plane));
                continue;
            }
            for (var y = 0; y < height; y += tile)
                for (var x = 0; x < width; x += tile)
                {
                    var buffer = new byte[tile * tile * each];
                    for (var row = 0; row < Math.Min(tile, height - y); row++)
                        bytes.AsSpan(((y + row) * width + x) * each, Math.Min(tile, width - x) * each).CopyTo(buffer.AsSpan(row * tile * each));
                    Assert.True(tiff.WriteTile(buffer, x, y, 0, (short)plane) > 0);
                }
        }
        Assert.True(tiff.WriteDirectory());
    }

    private static byte[] Plane(byte[] samples, int plane, int bands, int size)
    {
        var bytes = new byte[samples.Length / bands];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = samples[(i / size * bands + plane) * size + i % size];
        return bytes;
    }
}
