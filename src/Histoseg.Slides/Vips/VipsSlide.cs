using System.Collections.Concurrent;
using Histoseg.Slides.Formats;
using Histoseg.Slides.Tiff;
using NetVips;

namespace Histoseg.Slides.Vips;

/// <summary>A plain picture read through libvips: a TIFF with its smaller pages or sub-directories as levels, a PNG or a JPEG.</summary>
internal sealed class VipsSlide : ISlide
{
    // Above this, pictures that are not tiled are decoded to a temporary file.
    private const long LargestInMemory = 1L << 30;

    // What libvips keeps of a tiled file for all that read it.
    private const long MostKept = 512L << 20;

    // What libvips gives comes in new arrays. Those that .NET holds to be large cost as much as a third of the decoding.
    private const int MostFetched = 80_000;

    private readonly Func<TiffPlace?, Image> _load;
    private readonly TiffStructure? _tiff;
    private readonly IReadOnlyList<TiffLevel> _tiffLevels;
    private readonly PictureLimit _limit;
    private readonly ConcurrentDictionary<(int Level, int Tile), bool> _unreadable = new();
    private readonly ConcurrentBag<Opened> _idle = [];
    private readonly SemaphoreSlim _free;
    private readonly int _most;

    private VipsSlide(SlideFileHead file, Func<TiffPlace?, Image> load)
    {
        (Path, _tiff, _limit, _load) = (file.Path, file.Tiff, file.Limit, load);
        _tiffLevels = _tiff is null ? [] : TiffLevels.Of(Path, _tiff);
        CheckSizes();
        var levels = new List<SlideLevel>();
        var notes = new List<string>();
        _idle.Add(new(LoadLevels(levels, notes)));
        (Levels, Notes) = (levels, notes);
        _most = MostOpened();
        _free = new(_most);
    }

    /// <summary>The file opened once: an image for each level, and what reads it.</summary>
    private sealed class Opened(List<Image> images) : IDisposable
    {
        private readonly NetVips.Region?[] _regions = new NetVips.Region?[images.Count];

        public byte[] Fetch(int level, Slides.Region part) => (_regions[level] ??= NetVips.Region.New(images[level]))
            .Fetch((int)part.X, (int)part.Y, part.Width, part.Height);

        public void Dispose()
        {
            foreach (var region in _regions)
                region?.Dispose();
            images.ForEach(image => image.Dispose());
        }
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SlideLevel> Levels { get; }

    /// <inheritdoc/>
    public double? MicronsPerPixel => _tiff?.PixelSize?.MicronsPerPixel;

    /// <inheritdoc/>
    public ScaleSource ScaleSource => MicronsPerPixel is null ? ScaleSource.None : ScaleSource.ResolutionTags;

    /// <inheritdoc/>
    public string? ScaleProblem => _tiff?.PixelSize?.Problem;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Opens a picture. One that is not tiled is decoded whole.</summary>
    /// <param name="file">The file.</param>
    /// <param name="load">Loads it anew; of a TIFF the page or sub-directory given.</param>
    /// <exception cref="SlideError">It cannot be decoded, or is too large.</exception>
    internal static VipsSlide Open(SlideFileHead file, Func<TiffPlace?, Image> load)
    {
        VipsLibrary.Require(file.Path);
        return new(file, load);
    }

    /// <inheritdoc/>
    public (int Width, int Height) TileSize(int level) =>
        _tiff is not null && _tiffLevels[level].Page.Tiles is { } tiles ? (tiles.TileWidth, tiles.TileHeight) : (256, 256);

    /// <inheritdoc/>
    public bool HasGaps(int level) => _tiff is not null && _tiffLevels[level].Page.Tiles?.Missing is not null;

    /// <inheritdoc/>
    public bool ReadRegion(int level, long x, long y, int width, int height, Span<byte> rgb)
    {
        Slides.Region.Check(this, level, width, height, rgb);
        var inside = Slides.Region.Clip(Levels[level], x, y, width, height);
        if (!inside.CoversAll(width, height))
            rgb[..(width * height * 3)].Fill(255);
        if (inside.IsEmpty)
            return true;
        // libvips reports a tile it cannot decode to one reader only, blackens it and others, and keeps them so: who reads has an opened file to himself,
        // and after an error it is opened again and read tile by tile, of which the bad ones stay white.
        _free.Wait();
        Opened? file = null;
        try
        {
            if (!_idle.TryTake(out file))
                file = new(LoadLevels([], []));
            return Read(ref file, level, inside, x, y, width, rgb);
        }
        finally
        {
            if (file is not null)
                _idle.Add(file);
            _free.Release();
        }
    }

    private bool Read(ref Opened file, int level, Slides.Region inside, long x, long y, int width, Span<byte> rgb)
    {
        var tiles = _tiff is null ? null : _tiffLevels[level].Page.Tiles;
        if (tiles is not null && HasGaps(level, tiles, inside))
            return FetchTiles(ref file, level, tiles, inside, x, y, width, rgb);
        if (Fetch(file, level, inside, x, y, width, rgb))
            return true;
        if (tiles is null)
        {
            inside.Whiten(x, y, width, rgb);
            return false;
        }
        Reopen(ref file);
        return FetchTiles(ref file, level, tiles, inside, x, y, width, rgb);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var i = 0; i < _most; i++)
            _free.Wait();
        foreach (var file in _idle)
            file.Dispose();
        _free.Dispose();
    }

    // A tiled TIFF is opened as often as there are cores to read it; for each, libvips keeps two rows of tiles. What is not tiled is decoded whole when it is
    // opened.
    private int MostOpened() => _tiff?.Pages[0].Tiles is { } tiles
        ? (int)Math.Clamp(MostKept / (2L * 3 * tiles.TileHeight * Levels[0].Width), 1, Environment.ProcessorCount)
        : 1;

    // Whether tiles of a part were left out or turned out to be unreadable.
    private bool HasGaps(int level, TiffTiles tiles, Slides.Region part) =>
        (tiles.Missing is not null || _unreadable.Count > 0)
            && part.Pieces(tiles.TileWidth, tiles.TileHeight).Select(piece => tiles.At(piece.X, piece.Y))
                .Any(tile => tiles.Missing?[tile] == true || _unreadable.ContainsKey((level, tile)));

    private bool FetchTiles(ref Opened file, int level, TiffTiles tiles, Slides.Region inside, long x, long y, int width, Span<byte> rgb)
    {
        var whole = true;
        foreach (var piece in inside.Pieces(tiles.TileWidth, tiles.TileHeight))
        {
            var tile = tiles.At(piece.X, piece.Y);
            var missing = tiles.Missing?[tile] == true; // nothing was scanned there, which is no damage
            if (!missing && !_unreadable.ContainsKey((level, tile)) && !FetchAnew(ref file, level, piece, x, y, width, rgb))
                _unreadable[(level, tile)] = true; // never tried again: one bad tile would cost as much as the whole file each time
            if (missing || _unreadable.ContainsKey((level, tile)))
                piece.Whiten(x, y, width, rgb);
            whole &= !_unreadable.ContainsKey((level, tile));
        }
        return whole;
    }

    private bool FetchAnew(ref Opened file, int level, Slides.Region piece, long x, long y, int width, Span<byte> rgb)
    {
        if (Fetch(file, level, piece, x, y, width, rgb))
            return true;
        Reopen(ref file);
        return false;
    }

    private static bool Fetch(Opened file, int level, Slides.Region part, long x, long y, int width, Span<byte> rgb)
    {
        var rows = Math.Clamp(MostFetched / (part.Width * 3), 1, part.Height);
        try
        {
            for (var top = 0; top < part.Height; top += rows)
            {
                var slice = part.Intersect(new(part.X, part.Y + top, part.Width, rows));
                slice.Copy(file.Fetch(level, slice), slice, x, y, width, rgb);
            }
            return true;
        }
        catch (VipsException)
        {
            return false;
        }
    }

    private void Reopen(ref Opened file)
    {
        var old = file;
        file = new(LoadLevels([], []));
        old.Dispose();
    }

    // Fills levels with one entry per image.
    private List<Image> LoadLevels(List<SlideLevel> levels, List<string> notes)
    {
        var images = new List<Image>();
        try
        {
            if (_tiff is null)
                images.Add(_load(null));
            foreach (var level in _tiffLevels)
                images.Add(LoadPlanes(level));
            if (_tiff is null)
                _limit.Check(Path, images[0].Width, images[0].Height);
            if (VipsColours.Note(Path, images[0], _tiff) is { } note)
                notes.Add(note);
            for (var i = 0; i < images.Count; i++)
                images[i] = VipsColours.ToRgb(Path, images[i], _tiff);
            if (_tiff?.Pages[0].Tiles is null)
                images[0] = Then(images[0], Decoded(images[0])); // a cut or corrupt picture shows here, once
            levels.Add(new(images[0].Width, images[0].Height, 1));
            foreach (var image in images.Skip(1))
                levels.Add(PyramidLevels.Snap(levels[0], image.Width, image.Height));
            return images;
        }
        catch (Exception e)
        {
            images.ForEach(image => image.Dispose());
            if (e is VipsException trouble)
                throw new SlideError($"{Path}: the picture cannot be decoded: {VipsLibrary.Explain(trouble)}", e);
            throw;
        }
    }

    private Image LoadPlanes(TiffLevel level)
    {
        var image = _load(level.Planes[0]);
        foreach (var plane in level.Planes.Skip(1))
        {
            using var next = _load(plane);
            image = Then(image, image.Bandjoin(next));
        }
        return level.Planes.Count == 1 ? image
            : Then(image, image.Copy(interpretation: image.Format == Enums.BandFormat.Ushort ? Enums.Interpretation.Rgb16 : Enums.Interpretation.Srgb));
    }

    // Before anything is loaded: libvips makes room for a tile or strip as it is declared.
    private void CheckSizes()
    {
        if (_tiff?.Pages[0] is { Tiles: null } whole)
            _limit.Check(Path, whole.Width, whole.Height);
        foreach (var level in _tiffLevels)
            _limit.CheckTiles(Path, level.Page);
    }

    private static Image Decoded(Image image)
    {
        if ((long)image.Width * image.Height * 3 <= LargestInMemory)
            return image.CopyMemory();
        var file = Image.NewTempFile("%s.v"); // deleted with the image
        image.Write(file);
        return file;
    }

    // The pipeline keeps what it needs of its source; our own reference can go.
    internal static Image Then(Image source, Image result)
    {
        source.Dispose();
        return result;
    }
}
