using Histoseg.Slides.Vips;
using NetVips;

namespace Histoseg.Slides.Labels;

/// <summary>A picture of labels on disk: a label or heat map as inference writes it, or a mask. Pixels are read on demand.</summary>
/// <remarks>Once a read has failed all further ones do: libvips tells one reader of a tile that it cannot decode and may give others black.</remarks>
internal sealed class LabelPicture : ILabelPicture
{
    private readonly string _path;
    private readonly LabelPictureKind _kind;
    private readonly List<Image> _images = [];
    private readonly List<SlideLevel> _levels = [];
    private PaletteIndex? _palette; // of a map whose labels have colours, which libvips gives in place of the labels
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
        try
        {
            _palette = PaletteOf(path);
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
            var pixels = part.WriteToMemory<byte>();
            return _palette is null ? pixels : _palette.Values(pixels, part.Bands) ?? throw new SlideError(
                $"{_path}: {_kind.Unreadable("it has colours that its palette does not have")}");
        }
        catch (VipsException error)
        {
            throw Damaged(error);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _images.ForEach(image => image.Dispose());

    private SlideError Damaged(VipsException error)
    {
        var message = $"{_path}: {_kind.Unreadable(VipsLibrary.Explain(error))}";
        _damage = message;
        return new(message, error);
    }

    private static PaletteIndex? PaletteOf(string path)
    {
        try
        {
            return PaletteIndex.Of(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // libvips says what is wrong with the file
        }
    }

    private void OpenLargest()
    {
        var image = Load(null);
        try
        {
            // A mask with a palette of greys means the greys.
            if (image.Bands == 1 && !_kind.HasLevels)
                _palette = null;
            if (_palette is null)
                _kind.MakeLabels(_path, ref image);
            else if (!_palette.AreDistinct)
                throw new SlideError($"{_path}: its palette gives several labels the same colour, so they cannot be told apart; save it without a palette");
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
            if (image.Bands != _images[0].Bands || image.Format != Enums.BandFormat.Uchar || !PyramidLevels.IsReduced(_levels[^1], image.Width, image.Height))
            {
                image.Dispose();
                continue;
            }
            _images.Add(image);
            var measured = ((double)Width / image.Width + (double)Height / image.Height) / 2;
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
        using var source = Source.NewFromFile(_path);
        return page is null
            ? Image.NewFromSource(source, access: Enums.Access.Random, failOn: failOn)
            : Image.TiffloadSource(source, page: page, access: Enums.Access.Random, failOn: failOn);
    }
}
