using System.Buffers;
using System.Globalization;
using Histoseg.Slides.Tiff;

namespace Histoseg.Slides.OpenSlide;

/// <summary>A slide read through OpenSlide.</summary>
internal sealed unsafe class OpenSlideSlide : ISlide
{
    // Levels whose downsample is not whole are read in blocks at fixed places; see ReadPart.
    private const int Block = 256;

    // What is larger is no tile that is decoded as a whole.
    private const int LargestTile = 8192;

    private readonly double[] _ownDownsamples;
    private readonly (int Width, int Height)[] _tileSizes;
    private readonly ReaderWriterLockSlim _lock = new();
    private OpenSlideHandle _handle;

    private OpenSlideSlide(string path, OpenSlideHandle handle, SlideLevel[] levels, double[] ownDownsamples, double? mpp, ScaleSource source, Region? bounds)
    {
        _tileSizes = [.. levels.Select((_, level) => TileSizeOf(handle, level))];
        Path = path;
        _handle = handle;
        Levels = levels;
        _ownDownsamples = ownDownsamples;
        MicronsPerPixel = mpp;
        ScaleSource = source;
        Bounds = bounds;
    }

    /// <inheritdoc/>
    public string Path { get; }

    /// <inheritdoc/>
    public IReadOnlyList<SlideLevel> Levels { get; }

    /// <inheritdoc/>
    public double? MicronsPerPixel { get; }

    /// <inheritdoc/>
    public ScaleSource ScaleSource { get; }

    /// <inheritdoc/>
    public string? ScaleProblem { get; private init; }

    /// <inheritdoc/>
    public Region? Bounds { get; }

    /// <summary>Opens a file whose vendor OpenSlide recognises.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tiff">The TIFF's structure where it is one.</param>
    /// <exception cref="SlideError">OpenSlide cannot open it.</exception>
    internal static OpenSlideSlide Open(string path, TiffStructure? tiff)
    {
        var handle = OpenHandle(path);
        try
        {
            var count = OpenSlideNative.GetLevelCount(handle);
            var levels = new List<SlideLevel>();
            var own = new List<double>();
            for (var i = 0; i < count; i++)
            {
                OpenSlideNative.GetLevelDimensions(handle, i, out var width, out var height);
                var downsample = OpenSlideNative.GetLevelDownsample(handle, i);
                if (width is < 1 or > int.MaxValue || height is < 1 or > int.MaxValue || !(downsample >= 1))
                    throw new SlideError($"{path}: level {i} is {width}×{height} pixels, which cannot be read; copy or export the slide again");
                levels.Add(i == 0 ? new((int)width, (int)height, 1) : PyramidLevels.Snap(levels[0], (int)width, (int)height, downsample));
                own.Add(downsample);
            }
            if (levels.Count == 0)
                throw new SlideError($"{path}: the slide has no pyramid level; copy or export it again");
            var (mpp, source, problem) = FindScale(handle, tiff);
            return new(path, handle, [.. levels], [.. own], mpp, source, FindBounds(handle, levels[0])) { ScaleProblem = problem };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public (int Width, int Height) TileSize(int level) => _tileSizes[level];

    /// <inheritdoc/>
    public bool ReadRegion(int level, long x, long y, int width, int height, Span<byte> rgb)
    {
        Region.Check(this, level, width, height, rgb);
        var inside = Region.Clip(Levels[level], x, y, width, height);
        if (!inside.CoversAll(width, height))
            rgb[..(width * height * 3)].Fill(255);
        if (inside.IsEmpty)
            return true;
        _lock.EnterReadLock();
        try
        {
            if (ReadPart(level, inside, x, y, width, rgb))
                return true;
        }
        finally
        {
            _lock.ExitReadLock();
        }
        return ReadAround(level, inside, x, y, width, rgb);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.EnterWriteLock();
        _handle.Dispose();
        _lock.ExitWriteLock();
    }

    // OpenSlide's error state is final for a handle and hits every thread that reads through it, so the failing read
    // is done again alone, in small pieces, with a fresh handle after each piece that fails: only pieces that are
    // corrupt themselves stay white.
    private bool ReadAround(int level, Region inside, long x, long y, int width, Span<byte> rgb)
    {
        _lock.EnterWriteLock();
        try
        {
            var whole = true;
            ReopenAfterError();
            foreach (var piece in inside.Pieces(Block, Block))
            {
                if (ReadPart(level, piece, x, y, width, rgb))
                    continue;
                whole = false;
                piece.Whiten(x, y, width, rgb);
                ReopenAfterError();
            }
            return whole;
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    private void ReopenAfterError()
    {
        if (OpenSlideNative.GetError(_handle) is null)
            return;
        var fresh = OpenHandle(Path);
        _handle.Dispose();
        _handle = fresh;
    }

    // Reads the part of a request (whose top left corner is x, y and whose rows are width pixels) that lies inside the level.
    //
    // OpenSlide takes level-0 coordinates and divides them by its own downsample, width ratio and height ratio averaged
    // (2.0005 for 4443 → 2221 pixels). Where that is not whole, a read starts between two pixels and is interpolated,
    // differently for each start. Blocks at fixed places make the same pixel come out the same in every read.
    private bool ReadPart(int level, Region part, long x, long y, int width, Span<byte> rgb)
    {
        var aligned = _ownDownsamples[level] == Math.Floor(_ownDownsamples[level]);
        var rows = Math.Clamp((1 << 20) / part.Width, 1, part.Height);
        long stepX = aligned ? part.Width : Block, stepY = aligned ? rows : Block;
        var argb = ArrayPool<uint>.Shared.Rent((int)(stepX * stepY));
        try
        {
            for (var top = aligned ? part.Y : part.Y / Block * Block; top < part.Y + part.Height; top += stepY)
                for (var left = aligned ? part.X : part.X / Block * Block; left < part.X + part.Width; left += stepX)
                {
                    var block = new Region(left, top, (int)stepX, (int)Math.Min(stepY, Levels[level].Height - top));
                    if (!ReadBlock(level, block, part, argb, x, y, width, rgb))
                        return false;
                }
            return true;
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(argb);
        }
    }

    private bool ReadBlock(int level, Region block, Region part, uint[] argb, long x, long y, int width, Span<byte> rgb)
    {
        var downsample = _ownDownsamples[level];
        fixed (uint* pixels = argb)
            OpenSlideNative.ReadRegion(_handle, pixels, (long)Math.Round(block.X * downsample), (long)Math.Round(block.Y * downsample), level, block.Width,
                block.Height);
        if (OpenSlideNative.GetError(_handle) is not null)
            return false;
        var wanted = block.Intersect(part);
        for (var row = wanted.Y; row < wanted.Y + wanted.Height; row++)
        {
            ReadOnlySpan<uint> from = argb.AsSpan((int)((row - block.Y) * block.Width + wanted.X - block.X), wanted.Width);
            OverWhite(from, rgb[(int)(((row - y) * width + wanted.X - x) * 3)..]);
        }
        return true;
    }

    // Premultiplied over white: c + (255 − a).
    private static void OverWhite(ReadOnlySpan<uint> argb, Span<byte> rgb)
    {
        rgb = rgb[..(argb.Length * 3)];
        for (int i = 0, o = 0; i < argb.Length; i++, o += 3)
        {
            var p = argb[i];
            var white = 255 - (p >> 24);
            rgb[o] = (byte)Math.Min(255, ((p >> 16) & 255) + white);
            rgb[o + 1] = (byte)Math.Min(255, ((p >> 8) & 255) + white);
            rgb[o + 2] = (byte)Math.Min(255, (p & 255) + white);
        }
    }

    private static OpenSlideHandle OpenHandle(string path)
    {
        var handle = OpenSlideNative.Open(path);
        if (handle.IsInvalid)
            throw new SlideError($"{path}: OpenSlide cannot open this file; copy or export it again");
        if (OpenSlideNative.GetError(handle) is not { } error)
            return handle;
        handle.Dispose();
        throw new SlideError($"{path}: OpenSlide cannot open this file ({error}); copy or export it again");
    }

    private static (double? Mpp, ScaleSource Source, string? Problem) FindScale(OpenSlideHandle handle, TiffStructure? tiff)
    {
        PixelSize? own = Number(handle, "openslide.mpp-x") is { } mppX && Number(handle, "openslide.mpp-y") is { } mppY ? new(mppX, mppY) : null;
        if (own?.MicronsPerPixel is { } mpp)
            return (mpp, ScaleSource.Properties, null);
        if (tiff?.PixelSize?.MicronsPerPixel is { } tags)
            return (tags, ScaleSource.ResolutionTags, null);
        if ((own?.Problem ?? tiff?.PixelSize?.Problem) is { } problem)
            return (null, ScaleSource.None, problem);
        if (Number(handle, "openslide.objective-power") is { } power && SlideScale.Plausible(10 / power) is { } nominal)
            return (nominal, ScaleSource.ObjectivePower, null);
        return (null, ScaleSource.None, null);
    }

    private static Region? FindBounds(OpenSlideHandle handle, SlideLevel largest)
    {
        if (Number(handle, "openslide.bounds-x") is not { } x || Number(handle, "openslide.bounds-y") is not { } y
            || Number(handle, "openslide.bounds-width") is not { } width || Number(handle, "openslide.bounds-height") is not { } height)
            return null;
        if (!(x >= 0 && y >= 0 && width >= 1 && height >= 1 && x + width <= largest.Width && y + height <= largest.Height))
            return null; // not of this picture
        return new((long)x, (long)y, (int)width, (int)height);
    }

    private static (int Width, int Height) TileSizeOf(OpenSlideHandle handle, int level) =>
        Number(handle, $"openslide.level[{level}].tile-width") is { } width and >= 1 and <= LargestTile
            && Number(handle, $"openslide.level[{level}].tile-height") is { } height and >= 1 and <= LargestTile
            ? ((int)width, (int)height) : (Block, Block);

    private static double? Number(OpenSlideHandle handle, string property) =>
        double.TryParse(OpenSlideNative.GetProperty(handle, property), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : null;
}
