using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// Fetches the weights of the next panel into the second-level cache while the tiles of this one are multiplied: the first tile of a panel would wait for them.
/// </summary>
internal static unsafe class Ahead
{
    private const int Line = 64;

    /// <summary>Fetches one tile's share.</summary>
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
}
