using System.Buffers;
using System.Collections.Concurrent;

namespace Histoseg.Slides;

/// <summary>
/// A slide read through the tiles it is stored in: of a tile that a read takes only a part of, all is decoded and kept for the reads beside it, so that reads
/// that follow one another decode no tile twice.
/// </summary>
/// <param name="slide">The slide; the caller keeps owning it.</param>
/// <param name="mostBytes">What is kept at most; the tiles kept longest are given up first.</param>
internal sealed class TileKeeper(ISlide slide, long mostBytes = 256 << 20) : ISlide
{
    private readonly ConcurrentDictionary<(int Level, long X, long Y), Lazy<Tile>> _tiles = new();
    private readonly Queue<((int Level, long X, long Y) Key, long Bytes)> _order = new();
    private long _bytes;

    private sealed record Tile(byte[] Rgb, bool IsWhole);

    /// <inheritdoc/>
    public string Path => slide.Path;

    /// <inheritdoc/>
    public IReadOnlyList<SlideLevel> Levels => slide.Levels;

    /// <inheritdoc/>
    public double? MicronsPerPixel => slide.MicronsPerPixel;

    /// <inheritdoc/>
    public ScaleSource ScaleSource => slide.ScaleSource;

    /// <inheritdoc/>
    public (int Width, int Height) TileSize(int level) => slide.TileSize(level);

    /// <inheritdoc/>
    public bool HasGaps(int level) => slide.HasGaps(level);

    /// <inheritdoc/>
    public bool ReadRegion(int level, long x, long y, int width, int height, Span<byte> rgb)
    {
        Region.Check(this, level, width, height, rgb);
        var (tileWidth, tileHeight) = TileSize(level);
        var inside = Region.Clip(Levels[level], x, y, width, height);
        var tiles = inside.WholePieces(tileWidth, tileHeight, Levels[level]);
        if (inside.IsEmpty || tiles == inside || 3L * tileWidth * tileHeight > mostBytes / 8)
            return slide.ReadRegion(level, x, y, width, height, rgb);
        if (!inside.CoversAll(width, height))
            rgb[..(width * height * 3)].Fill(255);
        var whole = true;
        if (!tiles.IsEmpty)
        {
            var pixels = ArrayPool<byte>.Shared.Rent(tiles.Width * tiles.Height * 3);
            whole = slide.ReadRegion(level, tiles.X, tiles.Y, tiles.Width, tiles.Height, pixels);
            tiles.Copy(pixels, tiles, x, y, width, rgb);
            ArrayPool<byte>.Shared.Return(pixels);
        }
        foreach (var piece in inside.Pieces(tileWidth, tileHeight).Where(piece => piece.Intersect(tiles).IsEmpty))
        {
            var (place, tile) = TileAround(level, piece, tileWidth, tileHeight);
            piece.Copy(tile.Rgb, place, x, y, width, rgb);
            whole &= tile.IsWhole;
        }
        return whole;
    }

    /// <summary>Does not close the slide.</summary>
    public void Dispose() => _tiles.Clear();

    private (Region Place, Tile Tile) TileAround(int level, Region piece, int width, int height)
    {
        var place = Region.Clip(Levels[level], piece.X / width * width, piece.Y / height * height, width, height);
        var key = (level, place.X, place.Y);
        var tile = _tiles.GetOrAdd(key, _ => new(() =>
        {
            var pixels = GC.AllocateUninitializedArray<byte>(place.Width * place.Height * 3);
            var isWhole = slide.ReadRegion(level, place.X, place.Y, place.Width, place.Height, pixels);
            Keep(key, pixels.Length);
            return new(pixels, isWhole);
        }));
        return (place, tile.Value);
    }

    private void Keep((int Level, long X, long Y) key, long bytes)
    {
        lock (_order)
        {
            _order.Enqueue((key, bytes));
            _bytes += bytes;
            while (_bytes > mostBytes)
            {
                var oldest = _order.Dequeue();
                _tiles.TryRemove(oldest.Key, out _);
                _bytes -= oldest.Bytes;
            }
        }
    }
}
