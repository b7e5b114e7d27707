using System.Buffers;
using System.IO.Compression;
using Histoseg.Slides.Annotations;
using NetVips;

namespace Histoseg.Slides.Output;

/// <summary>One level of a pyramid on its way to the file: gathers a row of tiles, writes it, and hands it on at half size.</summary>
internal sealed class PyramidLevelWriter
{
    private const int JpegQuality = 90;

    private readonly BigTiffWriter _tiff;
    private readonly PyramidKind _kind;
    private readonly int _width, _height, _channels, _tileWidth, _tileHeight;
    private readonly bool _isTiled;
    private readonly LabelHalver? _labels;
    private readonly PyramidLevelWriter? _next;
    private readonly List<long> _offsets = [];
    private readonly ClassPalette _palette;
    private readonly List<long> _lengths = [];
    private readonly byte[] _band; // (≤ tile rows, width, channels)
    private readonly byte[] _halved;
    private int _bandRows, _rows;

    private PyramidLevelWriter(BigTiffWriter tiff, PyramidLayout layout, int level, PyramidKind kind, ClassPalette palette, PyramidLevelWriter? next)
    {
        _tiff = tiff;
        (_kind, _palette) = (kind, palette);
        (_width, _height) = layout.Levels[level];
        (_tileWidth, _tileHeight, _isTiled) = (layout.TileWidth, layout.TileHeight, layout.IsTiled);
        _channels = PyramidWriter.Channels(kind);
        _next = next;
        _labels = kind == PyramidKind.Labels && next is not null ? new() : null;
        _band = new byte[checked(_tileHeight * _width * _channels)];
        _halved = next is null ? [] : new byte[_tileHeight / 2 * next._width * _channels];
    }

    /// <summary>The levels of a pyramid, the largest first; what is written to it goes on to the others.</summary>
    internal static PyramidLevelWriter[] Chain(BigTiffWriter tiff, PyramidLayout layout, PyramidKind kind, ClassPalette palette)
    {
        var levels = new PyramidLevelWriter[layout.Levels.Count];
        for (var i = levels.Length - 1; i >= 0; i--)
            levels[i] = new(tiff, layout, i, kind, palette, i + 1 < levels.Length ? levels[i + 1] : null);
        return levels;
    }

    private int RowBytes => _width * _channels;

    /// <summary>Appends rows; whole rows of tiles go to the file, and so does the last one when the last row is in.</summary>
    internal void Write(ReadOnlySpan<byte> rows)
    {
        while (rows.Length > 0)
        {
            var n = Math.Min(rows.Length / RowBytes, Math.Min(_tileHeight - _bandRows, _height - _rows));
            rows[..(n * RowBytes)].CopyTo(_band.AsSpan(_bandRows * RowBytes));
            rows = rows[(n * RowBytes)..];
            _bandRows += n;
            _rows += n;
            if (_bandRows == _tileHeight || _rows == _height)
                FlushBand();
        }
    }

    /// <summary>The level's directory, once all its rows are in.</summary>
    internal IReadOnlyList<TiffField> Directory(double mpp, bool reduced)
    {
        var jpeg = _kind == PyramidKind.Rgb;
        var fields = new List<TiffField>
        {
            TiffField.Long(254, reduced ? 1 : 0), // NewSubfileType: 1 is a smaller version of another image
            TiffField.Long(256, _width),
            TiffField.Long(257, _height),
            TiffField.Short(258, Enumerable.Repeat(8, _channels).ToArray()),
            TiffField.Short(259, jpeg ? 7 : 8), // Compression: JPEG, deflate
            TiffField.Short(262, _kind switch { PyramidKind.Rgb => 6, PyramidKind.Labels => 3, _ => 1 }), // PhotometricInterpretation: YCbCr, palette, grey
            TiffField.Short(277, _channels),
            TiffField.Rational(282, 10000 / mpp),
            TiffField.Rational(283, 10000 / mpp),
            TiffField.Short(284, 1), // PlanarConfiguration: channels together
            TiffField.Short(296, 3), // ResolutionUnit: centimetre
            TiffField.Ascii(305, "Histoseg Engine"),
        };
        if (_isTiled)
            fields.AddRange([TiffField.Short(322, _tileWidth), TiffField.Short(323, _tileHeight),
                TiffField.Long8(324, [.. _offsets]), TiffField.Long8(325, [.. _lengths])]);
        else
            fields.AddRange([TiffField.Long8(273, [.. _offsets]), TiffField.Short(278, _tileHeight), TiffField.Long8(279, [.. _lengths])]);
        if (_kind == PyramidKind.Labels)
            fields.Add(TiffField.Short(320, ColourMap()));
        if (jpeg)
            fields.Add(TiffField.Short(530, 1, 1)); // YCbCrSubSampling: none
        return fields;
    }

    // All reds, then all greens, then all blues, of 16 bits each; times 257, any reader makes the same 8 bits of them.
    private int[] ColourMap()
    {
        var colours = Enumerable.Range(0, 256).Select(label => _palette.OfMap((byte)label)).ToArray();
        return [.. colours.Select(colour => 257 * colour.Red), .. colours.Select(colour => 257 * colour.Green), .. colours.Select(colour => 257 * colour.Blue)];
    }

    private void FlushBand()
    {
        var tiles = new byte[(_width + _tileWidth - 1) / _tileWidth][];
        var rowsOfTile = _isTiled ? _tileHeight : _bandRows;
        Parallel.For(0, tiles.Length, i =>
        {
            var pixels = ArrayPool<byte>.Shared.Rent(rowsOfTile * _tileWidth * _channels);
            CutTile(i * _tileWidth, rowsOfTile, pixels);
            tiles[i] = Encode(pixels.AsSpan(0, rowsOfTile * _tileWidth * _channels));
            ArrayPool<byte>.Shared.Return(pixels);
        });
        foreach (var tile in tiles)
        {
            _offsets.Add(_tiff.Append(tile));
            _lengths.Add(tile.Length);
        }
        if (_next is not null)
        {
            var rows = (_bandRows + 1) / 2;
            Halve(_next._width, rows);
            _next.Write(_halved.AsSpan(0, rows * _next.RowBytes));
        }
        _bandRows = 0;
    }

    // Past the picture's edges the edge pixels go on, which compresses best and keeps JPEG from ringing.
    private void CutTile(int left, int rows, byte[] tile)
    {
        var columns = Math.Min(_tileWidth, _width - left);
        for (var row = 0; row < rows; row++)
        {
            var line = tile.AsSpan(row * _tileWidth * _channels, _tileWidth * _channels);
            _band.AsSpan(Math.Min(row, _bandRows - 1) * RowBytes + left * _channels, columns * _channels).CopyTo(line);
            for (var i = columns * _channels; i < line.Length; i++)
                line[i] = line[i - _channels];
        }
    }

    private byte[] Encode(ReadOnlySpan<byte> tile)
    {
        if (_kind == PyramidKind.Rgb)
        {
            using var image = Image.NewFromMemoryCopy(tile, _tileWidth, _tileHeight, 3, Enums.BandFormat.Uchar);
            using var colour = image.Copy(interpretation: Enums.Interpretation.Srgb);
            return colour.JpegsaveBuffer(q: JpegQuality, subsampleMode: Enums.ForeignSubsample.Off, keep: Enums.ForeignKeep.None);
        }
        using var bytes = new MemoryStream();
        using (var deflate = new ZLibStream(bytes, CompressionLevel.Optimal, leaveOpen: true))
            deflate.Write(tile);
        return bytes.ToArray();
    }

    // A band starts on an even row, so every four pixels that belong together are in one band.
    private void Halve(int width, int rows)
    {
        if (_labels is null)
        {
            Parallel.For(0, rows, Mean);
            return;
        }
        for (var y = 0; y < rows; y++)
        {
            var (top, bottom) = RowPair(y);
            _labels.Halve(_band.AsSpan(top, _width), _band.AsSpan(bottom, _width), _halved.AsSpan(y * width, width));
        }

        void Mean(int y)
        {
            var (first, second) = RowPair(y);
            ReadOnlySpan<byte> top = _band.AsSpan(first, RowBytes), bottom = _band.AsSpan(second, RowBytes);
            var halved = _halved.AsSpan(y * width * _channels, width * _channels);
            for (int x = 0, o = 0; x < width; x++)
            {
                int left = 2 * x * _channels, right = Math.Min(2 * x + 1, _width - 1) * _channels;
                for (var c = 0; c < _channels; c++, o++)
                    halved[o] = (byte)((top[left + c] + top[right + c] + bottom[left + c] + bottom[right + c] + 2) / 4);
            }
        }
    }

    // Where the two rows that become row y begin. At an odd edge the last one counts twice: the mean of what is there.
    private (int Top, int Bottom) RowPair(int y) => (2 * y * RowBytes, Math.Min(2 * y + 1, _bandRows - 1) * RowBytes);
}
