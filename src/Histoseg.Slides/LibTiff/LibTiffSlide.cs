using Histoseg.Slides.Formats;
using Histoseg.Slides.Tiff;
using Histoseg.Slides.Vips;
using NetVips;

namespace Histoseg.Slides.LibTiff;

/// <summary>A plain TIFF of a make that libvips refuses or gets wrong: tiles of each colour apart, zstd, JPEG 2000, YCbCr that is not
/// JPEG.</summary>
internal sealed class LibTiffSlide : ISlide
{
    private const int CachedTiles = 256;

    private readonly TiffStructure _tiff;
    private readonly IReadOnlyList<TiffLevel> _levels;
    private readonly LibTiffPages _pages;
    private readonly Dictionary<(int Level, int Tile), byte[]?> _tiles = []; // null: unreadable
    private readonly Queue<(int Level, int Tile)> _order = [];
    private readonly Lock _lock = new();

    private LibTiffSlide(SlideFileHead file)
    {
        (Path, _tiff) = (file.Path, file.Tiff!);
        _levels = TiffLevels.Of(Path, _tiff);
        foreach (var level in _levels)
        {
            if (Pieces(level.Page) is null)
                throw new SlideError($"{Path}: the TIFF's tiles make no sense; copy or export it again");
            if (level.Page.Tiles is null)
                file.Limit.Check(Path, level.Page.Width, level.Page.Height);
            file.Limit.CheckTiles(Path, level.Page);
            if (level.Page.Width > int.MaxValue || level.Page.Height > int.MaxValue || level.Planes.Count > 1)
                throw LibTiffPages.Unusual(Path);
        }
        var largest = new SlideLevel((int)_levels[0].Page.Width, (int)_levels[0].Page.Height, 1);
        Levels = [largest, .. _levels.Skip(1).Select(level => PyramidLevels.Snap(largest, (int)level.Page.Width, (int)level.Page.Height))];
        _pages = new(Path, _tiff.Description.IsOme);
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SlideLevel> Levels { get; }

    /// <inheritdoc/>
    public double? MicronsPerPixel => _tiff.PixelSize?.MicronsPerPixel;

    /// <inheritdoc/>
    public ScaleSource ScaleSource => MicronsPerPixel is null ? ScaleSource.None : ScaleSource.ResolutionTags;

    /// <inheritdoc/>
    public string? ScaleProblem => _tiff.PixelSize?.Problem;

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes { get; private set; } = [];

    /// <summary>Whether a TIFF is of such a make.</summary>
    public static bool IsFor(TiffStructure tiff) => tiff.Pages[0] is var page
        && (page is { IsPlanar: true, Tiles: not null, Samples: > 1 } || page.Compression == LibTiffPages.Zstandard
            || LibTiffPages.IsJpeg2000(page) || LibTiffPages.IsUncodedYCbCr(page));

    /// <summary>Opens such a TIFF.</summary>
    /// <exception cref="SlideError">It cannot be read, or is too large.</exception>
    public static LibTiffSlide Open(SlideFileHead file)
    {
        VipsLibrary.Require(file.Path);
        var slide = new LibTiffSlide(file);
        try
        {
            // The first tile there is: what cannot be read at all is told now, not tile by tile.
            var tiles = Pieces(slide._levels[0].Page)!;
            for (var tile = 0; tile < tiles.Count; tile++)
                if (tiles.Missing?[tile] != true)
                {
                    using var image = slide.Load(0, tile);
                    slide.Notes = VipsColours.Note(file.Path, image, file.Tiff) is { } note ? [note] : [];
                    break;
                }
            return slide;
        }
        catch
        {
            slide.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public (int Width, int Height) TileSize(int level) => Pieces(_levels[level].Page) is { } tiles ? (tiles.TileWidth, tiles.TileHeight) : (256, 256);

    /// <inheritdoc/>
    public bool HasGaps(int level) => Pieces(_levels[level].Page)?.Missing is not null;

    /// <inheritdoc/>
    public bool ReadRegion(int level, long x, long y, int width, int height, Span<byte> rgb)
    {
        Slides.Region.Check(this, level, width, height, rgb);
        var inside = Slides.Region.Clip(Levels[level], x, y, width, height);
        rgb[..(width * height * 3)].Fill(255);
        if (inside.IsEmpty)
            return true;
        var whole = true;
        var tiles = Pieces(_levels[level].Page)!;
        lock (_lock)
            foreach (var piece in inside.Pieces(tiles.TileWidth, tiles.TileHeight))
            {
                var tile = tiles.At(piece.X, piece.Y);
                if (tiles.Missing?[tile] == true)
                    continue;
                if (Decoded(level, tile) is not { } pixels)
                {
                    whole = false;
                    continue;
                }
                var place = new Slides.Region(piece.X - piece.X % tiles.TileWidth, piece.Y - piece.Y % tiles.TileHeight, tiles.TileWidth, tiles.TileHeight);
                piece.Copy(pixels, place, x, y, width, rgb);
            }
        return whole;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
            _pages.Dispose();
    }

    private static TiffTiles? Pieces(TiffPage page) => page.Tiles ?? page.Strips;

    // The pixels of a tile as RGB; null where they cannot be decoded.
    private byte[]? Decoded(int level, int tile)
    {
        if (_tiles.TryGetValue((level, tile), out var known))
            return known;
        byte[]? pixels = null;
        try
        {
            using var image = VipsColours.ToRgb(Path, Load(level, tile), _tiff);
            pixels = image.WriteToMemory<byte>();
        }
        catch (Exception e) when (e is SlideError or VipsException)
        {
            // Told by the caller, as damage.
        }
        if (_tiles.Count >= CachedTiles)
            _tiles.Remove(_order.Dequeue());
        _tiles[(level, tile)] = pixels;
        _order.Enqueue((level, tile));
        return pixels;
    }

    private Image Load(int level, int tile) => _pages.Load(_levels[level].Page, Pieces(_levels[level].Page)!, tile);
}
