using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>How a comparison is joined with a further predicate.</summary>
internal enum PredicateJoin
{
    None, And, Or, Xor,
}

/// <summary>setp: comparisons into predicates.</summary>
internal static unsafe class Comparisons
{
    /// <summary>D and E are the predicates written (E may be −1), C the one joined (N says how, Immediate flips it).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void SetPredicate<TOp, T>(Warp w, Instruction* i, uint mask) where TOp : ICompare<T> where T : unmanaged
    {
        T* a = (T*)(w.R + i->A), b = (T*)(w.R + i->B);
        uint holds = 0;
        if (sizeof(T) >= 4)
            for (var k = 0; k < Lanes.Count; k += Vector512<T>.Count)
                holds |= (uint)TOp.Wide(Vector512.Load(a + k), Vector512.Load(b + k)).ExtractMostSignificantBits() << k;
        else
            for (var k = 0; k < Lanes.Count; k++)
                holds |= TOp.Do(a[k], b[k]) ? 1u << k : 0;
        Write(w, i, mask, holds);
    }

    private static void Write(Warp w, Instruction* i, uint mask, uint holds)
    {
        var fails = ~holds;
        if (i->N != (int)PredicateJoin.None)
        {
            var other = w.Predicate(i->C) ^ (uint)i->Immediate;
            holds = Join(i->N, holds, other);
            fails = Join(i->N, fails, other);
        }
        w.SetPredicate(i->D, holds, mask);
        if (i->E >= 0)
            w.SetPredicate(i->E, fails, mask);
    }

    private static uint Join(int how, uint a, uint b) => (PredicateJoin)how switch
    {
        PredicateJoin.And => a & b,
        PredicateJoin.Or => a | b,
        _ => a ^ b,
    };

    /// <summary>and, or, xor, not, mov of predicates; Immediate is the truth table of a (bit 1) and b (bit 0).</summary>
    public static void PredicateLogic(Warp w, Instruction* i, uint mask)
    {
        uint a = w.Predicate(i->A), b = w.Predicate(i->B), result = 0;
        for (var row = 0; row < 4; row++)
            if ((i->Immediate >> row & 1) != 0)
                result |= ((row & 2) != 0 ? a : ~a) & ((row & 1) != 0 ? b : ~b);
        w.SetPredicate(i->D, result, mask);
    }

    /// <summary>testp on float32: N is 0 finite, 1 infinite, 2 number, 3 notanumber, 4 normal, 5 subnormal.</summary>
    public static void Test<T>(Warp w, Instruction* i, uint mask) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var a = (T*)(w.R + i->A);
        uint holds = 0;
        for (var k = 0; k < Lanes.Count; k++)
            holds |= i->N switch
            {
                0 => T.IsFinite(a[k]),
                1 => T.IsInfinity(a[k]),
                2 => !T.IsNaN(a[k]),
                3 => T.IsNaN(a[k]),
                4 => T.IsNormal(a[k]),
                _ => T.IsSubnormal(a[k]),
            } ? 1u << k : 0;
        w.SetPredicate(i->D, holds, mask);
    }
}

internal readonly struct Equal<T> : ICompare<T> where T : unmanaged, INumber<T>
{
    public static bool Do(T a, T b) => a == b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => Vector512.Equals(a, b);
}

/// <summary>Differ and neither is NaN.</summary>
internal readonly struct NotEqual<T> : ICompare<T> where T : unmanaged, INumber<T>
{
    public static bool Do(T a, T b) => a < b || a > b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => Vector512.LessThan(a, b) | Vector512.GreaterThan(a, b);
}

internal readonly struct Less<T> : ICompare<T> where T : unmanaged, INumber<T>
{
    public static bool Do(T a, T b) => a < b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => Vector512.LessThan(a, b);
}

internal readonly struct LessOrEqual<T> : ICompare<T> where T : unmanaged, INumber<T>
{
    public static bool Do(T a, T b) => a <= b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => Vector512.LessThanOrEqual(a, b);
}

internal readonly struct Greater<T> : ICompare<T> where T : unmanaged, INumber<T>
{
    public static bool Do(T a, T b) => a > b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => Vector512.GreaterThan(a, b);
}

internal readonly struct GreaterOrEqual<T> : ICompare<T> where T : unmanaged, INumber<T>
{
    public static bool Do(T a, T b) => a >= b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => Vector512.GreaterThanOrEqual(a, b);
}

/// <summary>Neither is NaN.</summary>
internal readonly struct BothNumbers<T> : ICompare<T> where T : unmanaged, INumber<T>
{
    public static bool Do(T a, T b) => !T.IsNaN(a) && !T.IsNaN(b);

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => Vector512.Equals(a, a) & Vector512.Equals(b, b);
}

/// <summary>The opposite; the unordered comparisons are the opposites of ordered ones.</summary>
internal readonly struct Opposite<TOp, T> : ICompare<T> where TOp : ICompare<T> where T : unmanaged
{
    public static bool Do(T a, T b) => !TOp.Do(a, b);

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => ~TOp.Wide(a, b);
}
