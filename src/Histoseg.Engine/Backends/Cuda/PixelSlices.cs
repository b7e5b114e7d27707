namespace Histoseg.Engine.Backends.Cuda;

/// <summary>How the pixels of a map are shared among blocks, each of which walks one slice of them.</summary>
/// <param name="Count">Number of slices.</param>
/// <param name="Each">Pixels of each but the last, which has the rest.</param>
internal readonly record struct PixelSlices(int Count, long Each)
{
    /// <summary>Blocks per multiprocessor: enough to keep its memory accesses under way, few enough for short partial results.</summary>
    private const int BlocksPerMultiprocessor = 8;

    /// <summary>Steps each thread should at least go, so that what it loads per channel pays.</summary>
    private const int LeastSteps = 4;

    /// <summary>Slices for <paramref name="pixels"/> pixels.</summary>
    public static PixelSlices Of(long pixels, ChannelTiles tiles, int multiprocessors)
    {
        var most = Math.Max(1, BlocksPerMultiprocessor * multiprocessors / tiles.Tiles);
        var wanted = Math.Clamp(pixels / (LeastSteps * tiles.Y), 1, most);
        var each = (pixels + wanted - 1) / wanted;
        return new((int)((pixels + each - 1) / each), each);
    }
}
