using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

// Operations on 16-bit floating-point numbers, and pairs of them. They are carried out in float32, or float64 for fma, and rounded once.

/// <summary>A 16-bit format.</summary>
internal interface IHalfFormat
{
    static abstract ushort NaN { get; }

    static abstract float ToFloat(ushort bits);

    static abstract ushort FromFloat(float value);

    /// <summary>The lower and the upper halves of words, as numbers.</summary>
    static abstract (Vector128<float> Low, Vector128<float> High) Halves(Vector128<uint> words);

    /// <summary>The lower and the upper halves of words, as numbers.</summary>
    static abstract (Vector256<float> Low, Vector256<float> High) Halves(Vector256<uint> words);
}

internal readonly struct Bf16Format : IHalfFormat
{
    public static ushort NaN => Bf16.NaN;

    public static float ToFloat(ushort bits) => Bf16.ToFloat(bits);

    public static ushort FromFloat(float value) => Bf16.FromFloat(value);

    public static (Vector128<float> Low, Vector128<float> High) Halves(Vector128<uint> words) =>
        ((words << 16).AsSingle(), (words & Vector128.Create(0xFFFF_0000)).AsSingle());

    public static (Vector256<float> Low, Vector256<float> High) Halves(Vector256<uint> words) =>
        ((words << 16).AsSingle(), (words & Vector256.Create(0xFFFF_0000)).AsSingle());
}

internal readonly struct F16Format : IHalfFormat
{
    public static ushort NaN => 0x7FFF;

    public static float ToFloat(ushort bits) => (float)BitConverter.UInt16BitsToHalf(bits);

    public static ushort FromFloat(float value) => float.IsNaN(value) ? NaN : BitConverter.HalfToUInt16Bits((Half)value);

    public static (Vector128<float> Low, Vector128<float> High) Halves(Vector128<uint> words)
    {
        var (low, high) = Halves(words.ToVector256());
        return (low.GetLower(), high.GetLower());
    }

    public static (Vector256<float> Low, Vector256<float> High) Halves(Vector256<uint> words)
    {
        Vector256<float> low = default, high = default;
        for (var k = 0; k < Vector256<uint>.Count; k++)
            (low, high) = (low.WithElement(k, ToFloat((ushort)words[k])), high.WithElement(k, ToFloat((ushort)(words[k] >> 16))));
        return (low, high);
    }
}

/// <summary>
/// A float32 operation on 16-bit numbers. Sums and products of two such numbers are rounded as if once: float32 has more than twice the bits.
/// </summary>
internal readonly struct HalfBinary<TFormat, TOp> : IBinary<ushort> where TFormat : IHalfFormat where TOp : IBinary<float>
{
    public static ushort Do(ushort a, ushort b) => TFormat.FromFloat(TOp.Do(TFormat.ToFloat(a), TFormat.ToFloat(b)));
}

internal readonly struct HalfUnary<TFormat, TOp> : IUnary<ushort> where TFormat : IHalfFormat where TOp : IUnary<float>
{
    public static ushort Do(ushort a) => TFormat.FromFloat(TOp.Do(TFormat.ToFloat(a)));
}

internal readonly struct HalfFused<TFormat> : ITernary<ushort> where TFormat : IHalfFormat
{
    public static ushort Do(ushort a, ushort b, ushort c)
    {
        var product = (double)TFormat.ToFloat(a) * TFormat.ToFloat(b);
        return TFormat.FromFloat(RoundToOdd(product, TFormat.ToFloat(c)));
    }

    /// <summary>The sum in float32 with its last bit set if anything was lost, so that rounding it further is as good as rounding the exact sum.</summary>
    private static float RoundToOdd(double a, double b)
    {
        var sum = a + b;
        if (!double.IsFinite(sum))
            return (float)sum;
        var bPart = sum - a;
        var lost = a - (sum - bPart) + (b - bPart);
        var rounded = (float)sum;
        var error = sum - rounded;
        if (error == 0)
            error = lost;
        if (error == 0 || float.IsInfinity(rounded))
            return rounded;
        var bits = BitConverter.SingleToUInt32Bits(rounded);
        if ((bits & 1) != 0)
            return rounded;
        return rounded == 0
            ? BitConverter.UInt32BitsToSingle(error > 0 ? 1u : 0x8000_0001)
            : BitConverter.UInt32BitsToSingle(error > 0 == rounded > 0 ? bits + 1 : bits - 1);
    }
}

/// <summary>.relu: negative results and NaN become 0 (NaN stays NaN).</summary>
internal readonly struct HalfRelu<TFormat, TOp> : ITernary<ushort> where TFormat : IHalfFormat where TOp : ITernary<ushort>
{
    public static ushort Do(ushort a, ushort b, ushort c)
    {
        var result = TOp.Do(a, b, c);
        return TFormat.ToFloat(result) < 0 || result == 0x8000 ? (ushort)0 : result;
    }
}

internal readonly struct HalfNegate : IUnary<ushort>
{
    public static ushort Do(ushort a) => (ushort)(a ^ 0x8000);
}

internal readonly struct HalfAbsolute : IUnary<ushort>
{
    public static ushort Do(ushort a) => (ushort)(a & 0x7FFF);
}

/// <summary>An operation on both halves of a word.</summary>
internal readonly struct Pairwise<TOp> : IUnary<uint> where TOp : IUnary<ushort>
{
    public static uint Do(uint a) => TOp.Do((ushort)a) | (uint)TOp.Do((ushort)(a >> 16)) << 16;
}

internal readonly struct PairwiseBinary<TOp> : IBinary<uint> where TOp : IBinary<ushort>
{
    public static uint Do(uint a, uint b) => TOp.Do((ushort)a, (ushort)b) | (uint)TOp.Do((ushort)(a >> 16), (ushort)(b >> 16)) << 16;
}

internal readonly struct PairwiseTernary<TOp> : ITernary<uint> where TOp : ITernary<ushort>
{
    public static uint Do(uint a, uint b, uint c) =>
        TOp.Do((ushort)a, (ushort)b, (ushort)c) | (uint)TOp.Do((ushort)(a >> 16), (ushort)(b >> 16), (ushort)(c >> 16)) << 16;
}
