using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>Fetches into a near cache what will be read or written soon, while register tiles are multiplied that would wait for it otherwise.</summary>
internal static unsafe class Ahead
{
    private const int Line = 64;

    /// <summary>Fetches one tile's share of the weights of the next panel into the second-level cache.</summary>
    /// <param name="next">The next panel.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="tile">The tile that is about to be multiplied.</param>
    /// <param name="tiles">Tiles of the panel.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(void* next, long bytes, int tile, int tiles)
    {
        if (!Sse.IsSupported)
            return;
        var past = (byte*)next + bytes * (tile + 1) / tiles;
        for (var at = (byte*)next + bytes * tile / tiles; at < past; at += Line)
            Sse.Prefetch1(at);
    }

    /// <summary>Fetches some floats into the first-level cache; nothing happens where there is no memory.</summary>
    /// <param name="from">The first of them.</param>
    /// <param name="count">How many.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Fetch(float* from, int count)
    {
        if (!Sse.IsSupported)
            return;
        for (var at = from; at < from + count; at += Line / sizeof(float))
            Sse.Prefetch0(at);
    }
}
