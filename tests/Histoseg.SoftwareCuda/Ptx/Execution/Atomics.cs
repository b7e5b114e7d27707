using System.Numerics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>atom and red: D (−1 for red), address A, operands B and C.</summary>
internal static unsafe class Atomics
{
    public static void Update<TSpace, TOp, T>(Warp w, Instruction* i, uint mask) where TSpace : ISpace where TOp : IBinary<T> where T : unmanaged
    {
        var b = (T*)(w.R + i->B);
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            var p = Place<TSpace, T>(w, i, lane);
            T old;
            do
                old = Read(p);
            while (!Replace(p, old, TOp.Do(old, b[lane])));
            if (i->D >= 0)
                ((T*)(w.R + i->D))[lane] = old;
        }
    }

    /// <summary>Stores C where the old value is B.</summary>
    public static void CompareAndSwap<TSpace, T>(Warp w, Instruction* i, uint mask) where TSpace : ISpace where T : unmanaged, IBinaryInteger<T>
    {
        T* b = (T*)(w.R + i->B), c = (T*)(w.R + i->C);
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            var p = Place<TSpace, T>(w, i, lane);
            T old;
            do
                old = Read(p);
            while (old == b[lane] && !Replace(p, old, c[lane]));
            if (i->D >= 0)
                ((T*)(w.R + i->D))[lane] = old;
        }
    }

    private static T* Place<TSpace, T>(Warp w, Instruction* i, int lane) where TSpace : ISpace where T : unmanaged
    {
        var address = Accesses.Address(w, i, lane);
        var isShared = typeof(TSpace) == typeof(SharedSpace) || typeof(TSpace) == typeof(GenericSpace) && address >> 48 == Block.SharedWindow >> 48;
        if (!isShared)
            return (T*)TSpace.At(w, i, lane, address, sizeof(T), sizeof(T), true);
        if (typeof(TSpace) == typeof(GenericSpace))
            address -= Block.SharedWindow;
        SharedSpace.Check(w, i, lane, address, sizeof(T), sizeof(T));
        if (w.Block.Shared.TouchBytes((uint)address, sizeof(T), w.Index + 1, i->Index, true, true) is { } conflict)
            throw Accesses.Race(w, i, lane, address, true, conflict);
        return (T*)(w.Block.Shared.Host + address);
    }

    private static T Read<T>(T* p) where T : unmanaged
    {
        if (sizeof(T) == 4)
        {
            var bits = Volatile.Read(ref *(uint*)p);
            return *(T*)&bits;
        }
        var wide = Volatile.Read(ref *(ulong*)p);
        return *(T*)&wide;
    }

    private static bool Replace<T>(T* p, T old, T value) where T : unmanaged => sizeof(T) == 4
        ? Interlocked.CompareExchange(ref *(uint*)p, *(uint*)&value, *(uint*)&old) == *(uint*)&old
        : Interlocked.CompareExchange(ref *(ulong*)p, *(ulong*)&value, *(ulong*)&old) == *(ulong*)&old;
}

internal readonly struct Second<T> : IBinary<T> where T : unmanaged
{
    public static T Do(T a, T b) => b;
}

/// <summary>Counts up to b, then starts at 0.</summary>
internal readonly struct Increment : IBinary<uint>
{
    public static uint Do(uint a, uint b) => a >= b ? 0 : a + 1;
}

/// <summary>Counts down to 0, then starts at b.</summary>
internal readonly struct Decrement : IBinary<uint>
{
    public static uint Do(uint a, uint b) => a == 0 || a > b ? b : a - 1;
}
