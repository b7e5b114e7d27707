using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>
/// How blocks of 256 threads cover the channels of a map: X threads side by side with a run of channels each, the other threads on other pixels.
/// Tiles of channels go along the grid's Y.
/// </summary>
/// <param name="Suffix">How kernels for this element type and run length end: <c>bf16x8</c>, <c>f32</c>.</param>
/// <param name="Run">Channels per thread: 16 bytes' worth where the number of channels is a multiple of it, 1 otherwise.</param>
/// <param name="X">Threads side by side, a power of two.</param>
/// <param name="Tiles">Tiles that cover all channels.</param>
internal readonly record struct ChannelTiles(string Suffix, int Run, int X, int Tiles)
{
    private const int Threads = 256;

    /// <summary>Threads on different pixels, a power of two.</summary>
    public int Y => Threads / X;

    /// <summary>The block's extents.</summary>
    public Dim3 Block => new((uint)X, (uint)Y);

    /// <summary>Tiles for the channels of a map.</summary>
    /// <param name="map">The map; every tensor the kernel walks beside it has its channels.</param>
    /// <param name="widest">Most threads side by side: 32 reads 512 bytes at once; fewer leave more threads for pixels.</param>
    public static ChannelTiles For(CudaTensor map, int widest = 32)
    {
        var run = 16 / CudaTensor.BytesOf(map.Element);
        if (map.Shape.C % run != 0)
            run = 1;
        var runs = (map.Shape.C + run - 1) / run;
        var x = 1;
        while (x < runs && x < widest)
            x *= 2;
        return new(run == 1 ? map.Suffix : $"{map.Suffix}x{run}", run, x, (runs + x - 1) / x);
    }

    /// <summary>The grid whose blocks take <see cref="Y"/> pixels each.</summary>
    public Dim3 GridOver(long pixels) => new((uint)((pixels + Y - 1) / Y), (uint)Tiles);
}
