using Histoseg.Slides.Formats;
using Histoseg.Slides.Tiff;
using NetVips;

namespace Histoseg.Slides.Vips;

/// <summary>A plain picture read through libvips: a TIFF with its smaller pages or sub-directories as levels, a PNG or a JPEG.</summary>
internal sealed class VipsSlide : ISlide
{
    // Above this, pictures that are not tiled stay with libvips, which decodes them to a temporary file.
    private const long LargestInMemory = 1L << 30;

    // A piece with an undecodable tile is cut along this grid to save what lies around it.
    private const int Piece = 256;

    private readonly Func<int?, int?, Image> _load;
    private readonly TiffStructure? _tiff;
    private readonly Lock _lock = new();
    private List<Image> _images;

    private VipsSlide(string path, TiffStructure? tiff, Func<int?, int?, Image> load)
    {
        Path = path;
        _load = load;
        _tiff = tiff;
        var levels = new List<SlideLevel>();
        _images = LoadLevels(levels);
        Levels = levels;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SlideLevel> Levels { get; }

    /// <inheritdoc/>
    public double? MicronsPerPixel => _tiff?.MicronsPerPixel;

    /// <inheritdoc/>
    public ScaleSource ScaleSource => MicronsPerPixel is null ? ScaleSource.None : ScaleSource.ResolutionTags;

    /// <summary>Opens a picture.</summary>
    /// <param name="file">The file.</param>
    /// <param name="load">Loads it anew; of a TIFF the page and the sub-directory given, where one is.</param>
    /// <exception cref="SlideError">It cannot be decoded.</exception>
    internal static VipsSlide Open(SlideFileHead file, Func<int?, int?, Image> load)
    {
        VipsLibrary.Require(file.Path);
        return new(file.Path, file.Tiff, load);
    }

    /// <inheritdoc/>
    public bool ReadRegion(int level, long x, long y, int width, int height, Span<byte> rgb)
    {
        Slides.Region.Check(this, level, width, height, rgb);
        var inside = Slides.Region.Clip(Levels[level], x, y, width, height);
        if (!inside.CoversAll(width, height))
            rgb[..(width * height * 3)].Fill(255);
        if (inside.IsEmpty)
            return true;
        // libvips reports a tile it cannot decode to one reader only, blackens it and others, and keeps them so: reads are
        // one at a time, and after an error the file is opened again and read in pieces, of which the bad ones stay white.
        lock (_lock)
        {
            if (Fetch(level, inside, x, y, width, rgb))
                return true;
            var whole = true;
            Reopen();
            foreach (var piece in inside.Pieces(Piece))
            {
                if (Fetch(level, piece, x, y, width, rgb))
                    continue;
                whole = false;
                piece.Whiten(x, y, width, rgb);
                Reopen();
            }
            return whole;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            _images.ForEach(image => image.Dispose());
    }

    private bool Fetch(int level, Slides.Region part, long x, long y, int width, Span<byte> rgb)
    {
        byte[] pixels;
        try
        {
            using var region = NetVips.Region.New(_images[level]);
            pixels = region.Fetch((int)part.X, (int)part.Y, part.Width, part.Height);
        }
        catch (VipsException)
        {
            return false;
        }
        for (var row = 0; row < part.Height; row++)
            pixels.AsSpan(row * part.Width * 3, part.Width * 3).CopyTo(rgb[(int)(((part.Y + row - y) * width + part.X - x) * 3)..]);
        return true;
    }

    private void Reopen()
    {
        var old = _images;
        _images = LoadLevels([]);
        old.ForEach(image => image.Dispose());
    }

    // Fills levels with one entry per image.
    private List<Image> LoadLevels(List<SlideLevel> levels)
    {
        var images = new List<Image>();
        try
        {
            images.Add(ToRgb(_load(null, null)));
            levels.Add(new(images[0].Width, images[0].Height, 1));
            if (_tiff is { IsTiled: true })
                AddReduced(images, levels);
            else if ((long)levels[0].Width * levels[0].Height * 3 <= LargestInMemory)
                images[0] = Then(images[0], images[0].CopyMemory()); // decodes: a cut or corrupt picture shows here
            return images;
        }
        catch (VipsException e)
        {
            images.ForEach(image => image.Dispose());
            throw new SlideError($"{Path}: the picture cannot be decoded ({VipsLibrary.Explain(e)}); copy or export it again", e);
        }
    }

    // Smaller pictures of the same scene are levels; anything else in the file (labels, stacks) is not.
    private void AddReduced(List<Image> images, List<SlideLevel> levels)
    {
        var subDirectories = images[0].Contains("n-subifds") ? (int)images[0].Get("n-subifds") : 0;
        for (var i = subDirectories > 0 ? 0 : 1; i < (subDirectories > 0 ? subDirectories : _tiff!.Pages); i++)
        {
            var image = subDirectories > 0 ? _load(null, i) : _load(i, null);
            if (!PyramidLevels.IsReduced(levels[^1], image.Width, image.Height))
            {
                image.Dispose();
                continue;
            }
            images.Add(image = ToRgb(image));
            var measured = ((double)levels[0].Width / image.Width + (double)levels[0].Height / image.Height) / 2;
            levels.Add(PyramidLevels.Snap(levels[0], image.Width, image.Height, measured));
        }
    }

    /// <summary>Any picture as 3 × 8 bits, transparent parts over white. Takes <paramref name="image"/> over.</summary>
    private static Image ToRgb(Image image)
    {
        if (image.Interpretation != Enums.Interpretation.Srgb)
            image = Then(image, image.Colourspace(Enums.Interpretation.Srgb));
        if (image.HasAlpha())
            image = Then(image, image.Flatten(background: [255]));
        if (image.Bands != 3)
        {
            using var first = image[0];
            image = Then(image, image.Bands < 3 ? first.Bandjoin(first, first) : image.ExtractBand(0, n: 3));
        }
        if (image.Format != Enums.BandFormat.Uchar)
            image = Then(image, image.Cast(Enums.BandFormat.Uchar));
        return image;
    }

    // The pipeline keeps what it needs of its source; our own reference can go.
    internal static Image Then(Image source, Image result)
    {
        source.Dispose();
        return result;
    }
}
