using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>Instructions that treat each lane alike: one loop for every number of operands, with the operation as a type.</summary>
internal static unsafe class Arithmetic
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unary<TOp, T>(Warp w, Instruction* i, uint mask) where TOp : IUnary<T> where T : unmanaged
    {
        T* d = (T*)(w.R + i->D), a = (T*)(w.R + i->A);
        if (TOp.IsWide && sizeof(T) >= 4)
            for (var k = 0; k < Lanes.Count; k += Vector512<T>.Count)
                Lanes.Store(TOp.Wide(Vector512.Load(a + k)), d, mask, k);
        else
            while (mask != 0)
            {
                var k = Lanes.Take(ref mask);
                d[k] = TOp.Do(a[k]);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Binary<TOp, T>(Warp w, Instruction* i, uint mask) where TOp : IBinary<T> where T : unmanaged
    {
        T* d = (T*)(w.R + i->D), a = (T*)(w.R + i->A), b = (T*)(w.R + i->B);
        if (TOp.IsWide && sizeof(T) >= 4)
            for (var k = 0; k < Lanes.Count; k += Vector512<T>.Count)
                Lanes.Store(TOp.Wide(Vector512.Load(a + k), Vector512.Load(b + k)), d, mask, k);
        else
            while (mask != 0)
            {
                var k = Lanes.Take(ref mask);
                d[k] = TOp.Do(a[k], b[k]);
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Ternary<TOp, T>(Warp w, Instruction* i, uint mask) where TOp : ITernary<T> where T : unmanaged
    {
        T* d = (T*)(w.R + i->D), a = (T*)(w.R + i->A), b = (T*)(w.R + i->B), c = (T*)(w.R + i->C);
        if (TOp.IsWide && sizeof(T) >= 4)
            for (var k = 0; k < Lanes.Count; k += Vector512<T>.Count)
                Lanes.Store(TOp.Wide(Vector512.Load(a + k), Vector512.Load(b + k), Vector512.Load(c + k)), d, mask, k);
        else
            while (mask != 0)
            {
                var k = Lanes.Take(ref mask);
                d[k] = TOp.Do(a[k], b[k], c[k]);
            }
    }

    /// <summary>a of one type and a 32-bit b, as shifts have; the destination has a's type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Shift<TOp, T>(Warp w, Instruction* i, uint mask) where TOp : IShift<T> where T : unmanaged
    {
        T* d = (T*)(w.R + i->D), a = (T*)(w.R + i->A);
        var b = (uint*)(w.R + i->B);
        while (mask != 0)
        {
            var k = Lanes.Take(ref mask);
            d[k] = TOp.Do(a[k], b[k]);
        }
    }

    /// <summary>A shift by a number in the text, <see cref="Instruction.N"/>, less than the type's bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ShiftByConstant<TOp, T>(Warp w, Instruction* i, uint mask) where TOp : IShift<T> where T : unmanaged
    {
        T* d = (T*)(w.R + i->D), a = (T*)(w.R + i->A);
        for (var k = 0; k < Lanes.Count; k += Vector512<T>.Count)
            Lanes.Store(TOp.Wide(Vector512.Load(a + k), i->N), d, mask, k);
    }

    /// <summary>One source of type T, a result of type TD.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map<TOp, T, TD>(Warp w, Instruction* i, uint mask) where TOp : IMap<T, TD> where T : unmanaged where TD : unmanaged
    {
        var d = (TD*)(w.R + i->D);
        var a = (T*)(w.R + i->A);
        while (mask != 0)
        {
            var k = Lanes.Take(ref mask);
            d[k] = TOp.Do(a[k]);
        }
    }

    /// <summary>The product of two numbers in twice their width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyWide<T, TD>(Warp w, Instruction* i, uint mask)
        where T : unmanaged, IBinaryInteger<T> where TD : unmanaged, IBinaryInteger<TD>
    {
        var d = (TD*)(w.R + i->D);
        T* a = (T*)(w.R + i->A), b = (T*)(w.R + i->B);
        if (mask == Lanes.All && typeof(T) == typeof(uint))
            for (var k = 0; k < Lanes.Count; k += 16)
            {
                var (aLow, aHigh) = Vector512.Widen(Vector512.Load((uint*)a + k));
                var (bLow, bHigh) = Vector512.Widen(Vector512.Load((uint*)b + k));
                (aLow * bLow).Store((ulong*)d + k);
                (aHigh * bHigh).Store((ulong*)d + k + 8);
            }
        else if (mask == Lanes.All && typeof(T) == typeof(int))
            for (var k = 0; k < Lanes.Count; k += 16)
            {
                var (aLow, aHigh) = Vector512.Widen(Vector512.Load((int*)a + k));
                var (bLow, bHigh) = Vector512.Widen(Vector512.Load((int*)b + k));
                (aLow * bLow).Store((long*)d + k);
                (aHigh * bHigh).Store((long*)d + k + 8);
            }
        else
            while (mask != 0)
            {
                var k = Lanes.Take(ref mask);
                d[k] = TD.CreateTruncating(a[k]) * TD.CreateTruncating(b[k]);
            }
    }

    /// <summary>a·b + c, the product and c in twice the width of a and b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyAddWide<T, TD>(Warp w, Instruction* i, uint mask)
        where T : unmanaged, IBinaryInteger<T> where TD : unmanaged, IBinaryInteger<TD>
    {
        TD* d = (TD*)(w.R + i->D), c = (TD*)(w.R + i->C);
        T* a = (T*)(w.R + i->A), b = (T*)(w.R + i->B);
        while (mask != 0)
        {
            var k = Lanes.Take(ref mask);
            d[k] = TD.CreateTruncating(a[k]) * TD.CreateTruncating(b[k]) + c[k];
        }
    }

    /// <summary>d = predicate c ? a : b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Select<T>(Warp w, Instruction* i, uint mask) where T : unmanaged
    {
        T* d = (T*)(w.R + i->D), a = (T*)(w.R + i->A), b = (T*)(w.R + i->B);
        var choice = w.Predicate(i->C);
        if (sizeof(T) >= 4)
            for (var k = 0; k < Lanes.Count; k += Vector512<T>.Count)
                Lanes.Store(Vector512.ConditionalSelect(Lanes.Mask<T>(choice, k), Vector512.Load(a + k), Vector512.Load(b + k)), d, mask, k);
        else
            while (mask != 0)
            {
                var k = Lanes.Take(ref mask);
                d[k] = (choice >> k & 1) != 0 ? a[k] : b[k];
            }
    }

    /// <summary>d = c ≥ 0 ? a : b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SelectBySign<T, TC>(Warp w, Instruction* i, uint mask) where T : unmanaged where TC : unmanaged, INumber<TC>
    {
        T* d = (T*)(w.R + i->D), a = (T*)(w.R + i->A), b = (T*)(w.R + i->B);
        var c = (TC*)(w.R + i->C);
        while (mask != 0)
        {
            var k = Lanes.Take(ref mask);
            d[k] = c[k] >= TC.Zero ? a[k] : b[k];
        }
    }
}
