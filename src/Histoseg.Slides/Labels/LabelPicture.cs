using System.Numerics;
using Histoseg.Slides.Vips;
using NetVips;

namespace Histoseg.Slides.Labels;

/// <summary>A picture of labels on disk: a label or heat map as inference writes it, or a mask. Pixels are read on demand.</summary>
/// <remarks>Once a read has failed all further ones do: libvips tells one reader of a tile that it cannot decode and may give others black.</remarks>
internal sealed class LabelPicture : ILabelPicture
{
    private readonly string _path;
    private readonly LabelPictureKind _kind;
    private readonly StoredTiff? _tiff;
    private readonly List<Image> _images = [];

    // libvips reads through these as long as it has the pictures.
    private readonly List<IDisposable> _sources = [];
    private readonly List<SlideLevel> _levels = [];
    private volatile string? _damage;

    /// <summary>Opens a picture.</summary>
    /// <param name="path">The file.</param>
    /// <param name="kind">What it is.</param>
    /// <exception cref="SlideError">The file is missing, unreadable or not of the kind; libvips cannot be used.</exception>
    public LabelPicture(string path, LabelPictureKind kind)
    {
        (_path, _kind) = (path, kind);
        if (!File.Exists(path))
            throw new SlideError($"{path}: {kind.Missing}");
        VipsLibrary.Require(path);
        _tiff = StoredTiff.Read(path);
        kind.RequireKind?.Invoke(path, _tiff);
        try
        {
            OpenLargest();
            if (kind.HasLevels)
                AddReduced();
        }
        catch (VipsException error)
        {
            Dispose();
            throw Damaged(error);
        }
        catch (SlideError)
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Width of level 0 in pixels.</summary>
    public int Width => _images[0].Width;

    /// <summary>Height of level 0 in pixels.</summary>
    public int Height => _images[0].Height;

    /// <inheritdoc/>
    public IReadOnlyList<SlideLevel> Levels => _levels;

    /// <summary>µm per pixel of level 0 from the resolution tags; null where there are none.</summary>
    public double? MicronsPerPixel => _images[0].Xres > 1 ? 1000 / _images[0].Xres : null; // libvips: pixels per mm, 1 where the file has none

    /// <summary>Reads whole rows of level 0.</summary>
    /// <param name="y">The first row.</param>
    /// <param name="count">Rows; none beyond the last.</param>
    /// <returns>count × Width labels.</returns>
    /// <exception cref="SlideError">The file is damaged.</exception>
    public byte[] ReadRows(int y, int count) => Read(0, 0, y, Width, count);

    /// <inheritdoc/>
    public byte[] Read(int level, int x, int y, int width, int height)
    {
        if (_damage is { } known)
            throw new SlideError(known);
        try
        {
            using var part = _images[level].Crop(x, y, width, height);
            return part.WriteToMemory<byte>();
        }
        catch (VipsException error)
        {
            throw Damaged(error);
        }
        finally
        {
            GC.KeepAlive(_sources);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _images.ForEach(image => image.Dispose());
        _sources.ForEach(source => source.Dispose());
    }

    private SlideError Damaged(VipsException error)
    {
        var message = $"{_path}: {_kind.Unreadable}";
        _damage = message;
        return new(message, error);
    }

    private void OpenLargest()
    {
        var image = StoredPng.Load(_path) ?? Load(null);
        try
        {
            _kind.MakeLabels(_path, ref image);
        }
        finally
        {
            _images.Add(image);
        }
        _levels.Add(new(Width, Height, 1));
    }

    // Smaller pages of labels are levels, as inference writes them; anything else in the file is not.
    private void AddReduced()
    {
        var pages = _images[0].Contains("n-pages") ? (int)_images[0].Get("n-pages") : 1;
        for (var page = 1; page < pages; page++)
        {
            var image = Load(page);
            if (image.Bands != 1 || image.Format != Enums.BandFormat.Uchar || !PyramidLevels.IsReduced(_levels[^1], image.Width, image.Height))
            {
                image.Dispose();
                continue;
            }
            _images.Add(image);
            // The longer side is the finer measure.
            var measured = Width >= Height ? (double)Width / image.Width : (double)Height / image.Height;
            _levels.Add(PyramidLevels.Snap(_levels[0], image.Width, image.Height, measured));
        }
    }

    // In a tiled TIFF, libvips counts an undecodable tile as a warning and would give black.
    private Image Load(int? page)
    {
        var image = Load(page, Enums.FailOn.Error);
        return image.Contains("tile-width") ? VipsSlide.Then(image, Load(page, Enums.FailOn.Warning)) : image;
    }

    // Not NewFromFile, which takes "[…]" at the end of a file's name for options.
    private Image Load(int? page, Enums.FailOn failOn)
    {
        var source = Open();
        var image = page is null
            ? Image.NewFromSource(source, access: Enums.Access.Random, failOn: failOn)
            : Image.TiffloadSource(source, page: page, access: Enums.Access.Random, failOn: failOn);
        // libvips stretches fewer bits to 0…255.
        return _tiff is { Bits: < 8 and var bits } && image.Format == Enums.BandFormat.Uchar
            ? VipsSlide.Then(image, image.Linear([((1 << bits) - 1) / 255.0], [0], uchar: true))
            : image;
    }

    private Source Open()
    {
        if (_tiff is not { IsShownOtherwise: true })
            return Keep(Source.NewFromFile(_path));
        var file = Keep(_tiff.Open());
        var source = Keep(new SourceCustom());
        source.OnRead += (buffer, length) => OrFailed(() => file.Read(buffer, 0, length));
        source.OnSeek += (offset, whence) => OrFailed(() => file.Seek(offset, whence));
        return source;
    }

    // An exception must not reach the native library; less than nothing tells it that the read failed.
    private static T OrFailed<T>(Func<T> action) where T : IBinaryInteger<T>
    {
        try
        {
            return action();
        }
        catch (IOException)
        {
            return -T.One;
        }
    }

    private T Keep<T>(T source) where T : IDisposable
    {
        _sources.Insert(0, source);
        return source;
    }
}
