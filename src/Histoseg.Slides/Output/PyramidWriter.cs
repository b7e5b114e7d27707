using Histoseg.Slides.Annotations;

namespace Histoseg.Slides.Output;

/// <summary>Writes a picture as a tiled pyramidal BigTIFF while its rows come in, as OpenSlide, libvips and QuPath open it.</summary>
/// <remarks>
/// Sizes of levels and tiles are those of <see cref="PyramidLayout"/>. Label maps have a palette, so that viewers show classes in colours
/// (<see cref="ClassPalette.OfMap"/>); the pixels are the labels. All levels are made at once, each holding one row of tiles, so memory is twice a tile row
/// of level 0 whatever the height. An own writer, because libtiff and libvips finish one directory before the next and so would need each level again from a
/// spool.
/// </remarks>
internal sealed class PyramidWriter : ILabelRows
{
    private readonly WholeFile _file;
    private readonly BigTiffWriter _tiff;
    private readonly PyramidLevelWriter[] _levels;
    private readonly double _mpp;
    private readonly PyramidKind _kind;
    private readonly long _rowBytes;
    private readonly int _height;
    private long _rows;

    /// <summary>Begins the file.</summary>
    /// <param name="path">Where it goes; its folder is made where there is none.</param>
    /// <param name="width">Width of level 0 in pixels.</param>
    /// <param name="height">Height of level 0 in pixels.</param>
    /// <param name="mpp">µm per pixel of level 0, written as the resolution tags.</param>
    /// <param name="kind">What the pixels are.</param>
    /// <param name="palette">Of labels, a colour for each; null: the usual ones.</param>
    /// <exception cref="WriteError">The folder cannot be written to.</exception>
    public PyramidWriter(string path, int width, int height, double mpp, PyramidKind kind, ClassPalette? palette = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(mpp);
        if (kind == PyramidKind.Rgb)
            Vips.VipsLibrary.Require(path);
        _height = height;
        _mpp = mpp;
        _kind = kind;
        _rowBytes = (long)width * Channels(kind);
        _file = new WholeFile(path);
        _tiff = new BigTiffWriter(_file);
        _levels = PyramidLevelWriter.Chain(_tiff, new PyramidLayout(width, height, kind), kind, palette ?? ClassPalette.Usual);
    }

    /// <summary>Bytes per pixel.</summary>
    internal static int Channels(PyramidKind kind) => kind == PyramidKind.Rgb ? 3 : 1;

    /// <inheritdoc/>
    /// <exception cref="WriteError">The disk is full or failed.</exception>
    public void Write(ReadOnlySpan<byte> rows)
    {
        if (rows.Length % _rowBytes != 0)
            throw new ArgumentException($"{rows.Length} bytes are not whole rows of {_rowBytes} bytes", nameof(rows));
        _rows += rows.Length / _rowBytes;
        if (_rows > _height)
            throw new ArgumentException($"more rows than the picture's {_height}", nameof(rows));
        _levels[0].Write(rows);
    }

    /// <inheritdoc/>
    /// <exception cref="WriteError">The disk is full or failed; no file is left.</exception>
    /// <exception cref="InvalidOperationException">Rows are missing.</exception>
    public void Complete()
    {
        if (_rows != _height)
            throw new InvalidOperationException($"{_rows} of {_height} rows were written");
        for (var i = 0; i < _levels.Length; i++)
            _tiff.AddDirectory(_levels[i].Directory(_mpp * (1L << i), reduced: i > 0));
        _tiff.Finish();
        _file.Complete();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
