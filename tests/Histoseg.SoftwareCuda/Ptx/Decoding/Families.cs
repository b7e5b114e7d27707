using System.Numerics;
using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

/// <summary>An operation's loop for each type of number.</summary>
internal unsafe interface INumberFamily
{
    static abstract Handler Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T>;
}

/// <summary>An operation's loop for each type of integer.</summary>
internal unsafe interface IIntegerFamily
{
    static abstract Handler Of<T>() where T : unmanaged, IBinaryInteger<T>;
}

/// <summary>Chooses an operation's loop by type; null where the type has none.</summary>
internal static unsafe class Families
{
    /// <summary>Null if the type is no integer of 16, 32 or 64 bits. Untyped bits count as unsigned.</summary>
    public static Handler Integer<TFamily>(PtxType type) where TFamily : IIntegerFamily => type switch
    {
        PtxType.S16 => TFamily.Of<short>(),
        PtxType.U16 or PtxType.B16 => TFamily.Of<ushort>(),
        PtxType.S32 => TFamily.Of<int>(),
        PtxType.U32 or PtxType.B32 => TFamily.Of<uint>(),
        PtxType.S64 => TFamily.Of<long>(),
        PtxType.U64 or PtxType.B64 => TFamily.Of<ulong>(),
        _ => null,
    };

    /// <summary>Integers, float32 and float64.</summary>
    public static Handler Number<TFamily>(PtxType type) where TFamily : INumberFamily => type switch
    {
        PtxType.S16 => TFamily.Of<short>(),
        PtxType.U16 or PtxType.B16 => TFamily.Of<ushort>(),
        PtxType.S32 => TFamily.Of<int>(),
        PtxType.U32 or PtxType.B32 => TFamily.Of<uint>(),
        PtxType.S64 => TFamily.Of<long>(),
        PtxType.U64 or PtxType.B64 => TFamily.Of<ulong>(),
        PtxType.F32 => TFamily.Of<float>(),
        PtxType.F64 => TFamily.Of<double>(),
        _ => null,
    };

    public static Handler Float32<TOp>(bool flush) where TOp : IUnary<float> =>
        flush ? &Arithmetic.Unary<FlushedUnary<TOp>, float> : &Arithmetic.Unary<TOp, float>;

    public static Handler Float32<TOp>(bool flush, bool saturate) where TOp : IBinary<float> => (flush, saturate) switch
    {
        (false, false) => &Arithmetic.Binary<TOp, float>,
        (true, false) => &Arithmetic.Binary<FlushedBinary<TOp>, float>,
        (false, true) => &Arithmetic.Binary<SaturatedBinary<TOp>, float>,
        _ => &Arithmetic.Binary<SaturatedBinary<FlushedBinary<TOp>>, float>,
    };

    public static Handler Fused32(bool flush, bool saturate) => (flush, saturate) switch
    {
        (false, false) => &Arithmetic.Ternary<FusedF32, float>,
        (true, false) => &Arithmetic.Ternary<FlushedTernary<FusedF32>, float>,
        (false, true) => &Arithmetic.Ternary<SaturatedTernary<FusedF32>, float>,
        _ => &Arithmetic.Ternary<SaturatedTernary<FlushedTernary<FusedF32>>, float>,
    };

    /// <summary>A two-operand operation on 16-bit floats or pairs of them; null for other types.</summary>
    public static Handler Half<TOp>(PtxType type) where TOp : IBinary<float> => type switch
    {
        PtxType.F16 => &Arithmetic.Binary<HalfBinary<F16Format, TOp>, ushort>,
        PtxType.Bf16 => &Arithmetic.Binary<HalfBinary<Bf16Format, TOp>, ushort>,
        PtxType.F16x2 => &Arithmetic.Binary<PairwiseBinary<HalfBinary<F16Format, TOp>>, uint>,
        PtxType.Bf16x2 => &Arithmetic.Binary<PairwiseBinary<HalfBinary<Bf16Format, TOp>>, uint>,
        _ => null,
    };

    public static Handler HalfFused(PtxType type, bool relu) => (type, relu) switch
    {
        (PtxType.F16, false) => &Arithmetic.Ternary<HalfFused<F16Format>, ushort>,
        (PtxType.F16, true) => &Arithmetic.Ternary<HalfRelu<F16Format, HalfFused<F16Format>>, ushort>,
        (PtxType.Bf16, false) => &Arithmetic.Ternary<HalfFused<Bf16Format>, ushort>,
        (PtxType.Bf16, true) => &Arithmetic.Ternary<HalfRelu<Bf16Format, HalfFused<Bf16Format>>, ushort>,
        (PtxType.F16x2, false) => &Arithmetic.Ternary<PairwiseTernary<HalfFused<F16Format>>, uint>,
        (PtxType.F16x2, true) => &Arithmetic.Ternary<PairwiseTernary<HalfRelu<F16Format, HalfFused<F16Format>>>, uint>,
        (PtxType.Bf16x2, false) => &Arithmetic.Ternary<PairwiseTernary<HalfFused<Bf16Format>>, uint>,
        (PtxType.Bf16x2, true) => &Arithmetic.Ternary<PairwiseTernary<HalfRelu<Bf16Format, HalfFused<Bf16Format>>>, uint>,
        _ => null,
    };

    public static Handler HalfUnary<TOp>(PtxType type) where TOp : IUnary<ushort> => type switch
    {
        PtxType.F16 or PtxType.Bf16 => &Arithmetic.Unary<TOp, ushort>,
        PtxType.F16x2 or PtxType.Bf16x2 => &Arithmetic.Unary<Pairwise<TOp>, uint>,
        _ => null,
    };

    public static Handler Copy(int bytes) => bytes switch
    {
        2 => &Arithmetic.Unary<Copy<ushort>, ushort>,
        4 => &Arithmetic.Unary<Copy<uint>, uint>,
        8 => &Arithmetic.Unary<Copy<ulong>, ulong>,
        _ => null,
    };
}

internal readonly unsafe struct AddFamily : INumberFamily
{
    public static Handler Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => &Arithmetic.Binary<Add<T>, T>;
}

internal readonly unsafe struct SubtractFamily : INumberFamily
{
    public static Handler Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => &Arithmetic.Binary<Subtract<T>, T>;
}

internal readonly unsafe struct MultiplyFamily : INumberFamily
{
    public static Handler Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => &Arithmetic.Binary<Multiply<T>, T>;
}

internal readonly unsafe struct DivideFamily : INumberFamily
{
    public static Handler Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => &Arithmetic.Binary<Divide<T>, T>;
}

internal readonly unsafe struct MinimumFamily : INumberFamily
{
    public static Handler Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => &Arithmetic.Binary<Minimum<T>, T>;
}

internal readonly unsafe struct MaximumFamily : INumberFamily
{
    public static Handler Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => &Arithmetic.Binary<Maximum<T>, T>;
}

internal readonly unsafe struct NegateFamily : INumberFamily
{
    public static Handler Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => &Arithmetic.Unary<Negate<T>, T>;
}

internal readonly unsafe struct AbsoluteFamily : INumberFamily
{
    public static Handler Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => &Arithmetic.Unary<Absolute<T>, T>;
}

internal readonly unsafe struct SumOfDifferenceFamily : INumberFamily
{
    public static Handler Of<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => &Arithmetic.Ternary<SumOfDifference<T>, T>;
}
