using BitMiracle.LibTiff.Classic;
using Histoseg.Slides.OpenJpeg;
using Histoseg.Slides.Tiff;
using Histoseg.Slides.Vips;
using NetVips;
using Field = BitMiracle.LibTiff.Classic.TiffTag;
using File = BitMiracle.LibTiff.Classic.Tiff;

namespace Histoseg.Slides.LibTiff;

/// <summary>Decodes single tiles and strips of a TIFF through LibTiff.NET, what that does not know through ZstdSharp and OpenJPEG. Not thread-safe.</summary>
internal sealed class LibTiffPages : IDisposable
{
    /// <summary>The number of zstd as a compression.</summary>
    public const long Zstandard = 50000;

    private const long YCbCr = 6, OldJpeg = 6, Jpeg = 7, WebP = 50001;

    // Of JPEG 2000: Aperio's with YCbCr and with RGB, "lossy", and the registered one.
    private const long AperioYCbCr = 33003, LossyJpeg2000 = 33004, AperioRgb = 33005, Jpeg2000 = 34712;
    private const long WhiteIsZero = 0, Palette = 3, Separated = 5;

    private readonly string _path;
    private readonly File _file;
    private readonly bool _isOme;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isOme">Whether it has OME-XML.</param>
    /// <exception cref="SlideError">It cannot be opened.</exception>
    public LibTiffPages(string path, bool isOme)
    {
        File.SetErrorHandler(new Silent());
        (_path, _isOme) = (path, isOme);
        SlideError Unreadable() => new($"{path}: the TIFF cannot be read; copy or export it again");
        _file = Guard(() => File.Open(path, "r"), Unreadable) ?? throw Unreadable();
    }

    /// <summary>Whether tiles are JPEG 2000.</summary>
    public static bool IsJpeg2000(TiffPage page) => page.Compression is AperioYCbCr or LossyJpeg2000 or AperioRgb or Jpeg2000;

    // "Lossy" holds YCbCr where libvips wrote it and RGB where Bio-Formats did, which always adds OME-XML; both call it RGB.
    private bool IsYCbCr(TiffPage page) =>
        page.Compression == AperioYCbCr || page.Photometric == YCbCr || page.Compression == LossyJpeg2000 && !_isOme;

    /// <summary>Whether colours are YCbCr and no codec makes RGB of them; they may have fewer samples than pixels.</summary>
    public static bool IsUncodedYCbCr(TiffPage page) => page.Photometric == YCbCr && page.Compression is not (OldJpeg or Jpeg or WebP) && !IsJpeg2000(page);

    /// <summary>The error of a make that nothing here reads.</summary>
    public static SlideError Unusual(string path) =>
        new($"{path}: the TIFF has an unusual combination of compression, bits and colours that is not read; export it again, as RGB of 8 bits with JPEG, "
            + "deflate or LZW");

    /// <summary>Decodes a tile or strip; one that overhangs the page is whole all the same.</summary>
    /// <param name="page">Of which page.</param>
    /// <param name="tiles">The page's tiles or strips.</param>
    /// <param name="tile">Which.</param>
    /// <returns>The samples as they are in the file, palettes and grey from white apart, which come as colours and grey from black.</returns>
    /// <exception cref="SlideError">It is damaged, or of a make that is not read.</exception>
    public Image Load(TiffPage page, TiffTiles tiles, int tile) => Guard(() => Decoded(page, tiles, tile), Damaged);

    // The library has no error of its own: it trips over damaged files wherever they lead it.
    private static T Guard<T>(Func<T> read, Func<SlideError> damaged)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or IndexOutOfRangeException or NullReferenceException
            or ArithmeticException or InvalidCastException or FormatException or IOException or NotImplementedException or NotSupportedException)
        {
            throw damaged();
        }
    }

    private Image Decoded(TiffPage page, TiffTiles tiles, int tile)
    {
        if (!_file.SetSubDirectory(page.Offset))
            throw Damaged();
        if (IsUncodedYCbCr(page))
            return Rgba(tiles, tile, page.Tiles is not null);
        if (page.Bits is not (8 or 16 or 32) || page.Samples > 16)
            throw Unusual(_path);
        var (samples, size) = ((int)page.Samples, (int)page.Bits / 8);
        var pixels = tiles.TileWidth * tiles.TileHeight;
        var bytes = new byte[pixels * samples * size];
        if (!page.IsPlanar)
            Decode(page, tiles, tile, samples, bytes);
        else
            for (var plane = 0; plane < samples; plane++)
            {
                var one = new byte[pixels * size];
                Decode(page, tiles, checked((int)(plane * tiles.Count + tile)), 1, one);
                for (var i = 0; i < pixels; i++)
                    one.AsSpan(i * size, size).CopyTo(bytes.AsSpan((i * samples + plane) * size));
            }
        return ToImage(page, tiles, bytes, samples);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void Decode(TiffPage page, TiffTiles tiles, int number, int samples, byte[] bytes)
    {
        if (page.Compression == Zstandard)
        {
            Zstd.Decode(Raw(page, number), bytes, tiles.TileWidth, samples, page, _file.IsByteSwapped(), Damaged, () => Unusual(_path));
            return;
        }
        if (IsJpeg2000(page))
        {
            if (!OpenJpegLibrary.Found.IsAvailable)
                throw new SlideError($"{_path}: reading JPEG 2000 in a plain TIFF needs OpenJPEG: {OpenJpegLibrary.Found.Reason}");
            if (page.Tiles is null || !OpenJpegLibrary.Decode(Raw(page, number), tiles.TileWidth, tiles.TileHeight, samples, (int)page.Bits, bytes))
                throw Damaged();
            if (IsYCbCr(page))
                ToRgb(bytes, samples);
            return;
        }
        // A last strip has fewer rows.
        var got = page.Tiles is null ? _file.ReadEncodedStrip(number, bytes, 0, -1) : _file.ReadEncodedTile(number, bytes, 0, bytes.Length);
        if (got <= 0 || page.Tiles is not null && got != bytes.Length)
            throw Damaged();
    }

    private byte[] Raw(TiffPage page, int number)
    {
        var raw = new byte[RawSize(page, number)];
        var read = page.Tiles is null ? _file.ReadRawStrip(number, raw, 0, raw.Length) : _file.ReadRawTile(number, raw, 0, raw.Length);
        return read > 0 ? raw[..read] : throw Damaged();
    }

    // ITU-R BT.601, full range.
    private void ToRgb(byte[] samples, int each)
    {
        if (each != 3)
            throw Unusual(_path);
        for (var i = 0; i < samples.Length; i += 3)
        {
            var (y, cb, cr) = (samples[i], samples[i + 1] - 128, samples[i + 2] - 128);
            (samples[i], samples[i + 1], samples[i + 2]) = (Byte(y + 1.402 * cr), Byte(y - 0.344136 * cb - 0.714136 * cr), Byte(y + 1.772 * cb));
        }

        static byte Byte(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
    }

    private int RawSize(TiffPage page, int number)
    {
        var counts = _file.GetField(page.Tiles is null ? Field.STRIPBYTECOUNTS : Field.TILEBYTECOUNTS)?[0].ToIntArray();
        return counts is not null && number < counts.Length && counts[number] is > 0 and var size ? size : throw Damaged();
    }

    // LibTiff.NET's own conversion, which knows all ways of subsampling: rows from bottom to top, RGBA from the lowest byte.
    private Image Rgba(TiffTiles tiles, int tile, bool isTiled)
    {
        var raster = new int[tiles.TileWidth * tiles.TileHeight];
        var (column, row) = (tile % tiles.Columns * tiles.TileWidth, tile / tiles.Columns * tiles.TileHeight);
        if (!(isTiled ? _file.ReadRGBATile(column, row, raster) : _file.ReadRGBAStrip(row, raster)))
            throw Damaged();
        var rows = isTiled ? tiles.TileHeight : Math.Min(tiles.TileHeight, _file.GetField(Field.IMAGELENGTH)[0].ToInt() - row);
        var bytes = new byte[raster.Length * 3];
        for (var y = 0; y < rows; y++)
            for (var x = 0; x < tiles.TileWidth; x++)
            {
                var pixel = raster[(rows - 1 - y) * tiles.TileWidth + x];
                var at = (y * tiles.TileWidth + x) * 3;
                (bytes[at], bytes[at + 1], bytes[at + 2]) = ((byte)File.GetR(pixel), (byte)File.GetG(pixel), (byte)File.GetB(pixel));
            }
        using var image = Image.NewFromMemoryCopy<byte>(bytes, tiles.TileWidth, tiles.TileHeight, 3, Enums.BandFormat.Uchar);
        return image.Copy(interpretation: Enums.Interpretation.Srgb);
    }

    private Image ToImage(TiffPage page, TiffTiles tiles, byte[] bytes, int samples)
    {
        if (page.Photometric == Palette)
            (bytes, samples) = (Coloured(page, bytes), 3);
        var format = (page.Bits, page.IsFloat) switch
        {
            (8, false) => Enums.BandFormat.Uchar,
            (16, false) => Enums.BandFormat.Ushort,
            (32, false) => Enums.BandFormat.Uint,
            (32, true) => Enums.BandFormat.Float,
            _ => throw Unusual(_path),
        };
        var deep = format == Enums.BandFormat.Ushort;
        var meaning = page.Photometric == Separated ? Enums.Interpretation.Cmyk
            : samples >= 3 ? (deep ? Enums.Interpretation.Rgb16 : Enums.Interpretation.Srgb)
            : deep ? Enums.Interpretation.Grey16 : Enums.Interpretation.Bw;
        using var raw = Image.NewFromMemoryCopy<byte>(bytes, tiles.TileWidth, tiles.TileHeight, samples, format);
        var image = raw.Copy(interpretation: meaning);
        return page.Photometric == WhiteIsZero ? VipsSlide.Then(image, image.Invert()) : image;
    }

    private byte[] Coloured(TiffPage page, byte[] indices)
    {
        if (page.Bits != 8 || page.Samples != 1 || _file.GetField(Field.COLORMAP) is not { Length: 3 } map)
            throw Unusual(_path);
        var (red, green, blue) = (map[0].ToShortArray(), map[1].ToShortArray(), map[2].ToShortArray());
        var rgb = new byte[indices.Length * 3];
        for (var i = 0; i < indices.Length; i++)
            (rgb[i * 3], rgb[i * 3 + 1], rgb[i * 3 + 2]) = (High(red[indices[i]]), High(green[indices[i]]), High(blue[indices[i]]));
        return rgb;

        static byte High(short colour) => (byte)((ushort)colour >> 8);
    }

    private SlideError Damaged() => new($"{_path}: a tile of the TIFF cannot be decoded; copy or export it again");

    /// <summary>The library's own words are for programmers.</summary>
    private sealed class Silent : TiffErrorHandler
    {
        public override void ErrorHandler(File tif, string method, string format, params object[] args) { }

        public override void ErrorHandlerExt(File tif, object clientData, string method, string format, params object[] args) { }

        public override void WarningHandler(File tif, string method, string format, params object[] args) { }

        public override void WarningHandlerExt(File tif, object clientData, string method, string format, params object[] args) { }
    }
}
