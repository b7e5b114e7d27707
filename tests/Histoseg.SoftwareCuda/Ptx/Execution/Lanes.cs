using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>Masks of the 32 lanes of a warp, as bits and as vectors.</summary>
internal static unsafe class Lanes
{
    public const int Count = 32;
    public const uint All = uint.MaxValue;

    /// <summary>Ones in the elements of lanes <paramref name="first"/>… whose bit is set; for elements of 4 and 8 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Mask<T>(uint mask, int first) where T : unmanaged
    {
        if (sizeof(T) == 4)
        {
            var bits = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
            return Vector512.Equals(Vector512.Create(mask >> first) & bits, bits).As<uint, T>();
        }
        var wide = Vector512.Create(1ul, 2, 4, 8, 16, 32, 64, 128);
        return Vector512.Equals(Vector512.Create((ulong)(mask >> first)) & wide, wide).As<ulong, T>();
    }

    /// <summary>Takes the lowest lane out of a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Take(ref uint mask)
    {
        var lane = BitOperations.TrailingZeroCount(mask);
        mask &= mask - 1;
        return lane;
    }

    /// <summary>Stores a vector into the lanes of a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(Vector512<T> value, T* destination, uint mask, int first) where T : unmanaged
    {
        if (mask == All)
            value.Store(destination + first);
        else
            Vector512.ConditionalSelect(Mask<T>(mask, first), value, Vector512.Load(destination + first)).Store(destination + first);
    }
}
