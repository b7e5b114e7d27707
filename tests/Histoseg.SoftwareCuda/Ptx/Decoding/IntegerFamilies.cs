using System.Numerics;
using Histoseg.SoftwareCuda.Ptx.Execution;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

// The integer operations' loops, by type.

internal readonly unsafe struct RemainderFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Binary<Remainder<T>, T>;
}

internal readonly unsafe struct MultiplyHighFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Binary<MultiplyHigh<T>, T>;
}

internal readonly unsafe struct Multiply24Family : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Binary<Multiply24<T>, T>;
}

internal readonly unsafe struct AndFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Binary<And<T>, T>;
}

internal readonly unsafe struct OrFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Binary<Or<T>, T>;
}

internal readonly unsafe struct XorFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Binary<Xor<T>, T>;
}

internal readonly unsafe struct MultiplyAddFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Ternary<MultiplyAdd<T>, T>;
}

internal readonly unsafe struct MultiplyHighAddFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Ternary<MultiplyHighAdd<T>, T>;
}

internal readonly unsafe struct Multiply24AddFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Ternary<Multiply24Add<T>, T>;
}

internal readonly unsafe struct NotFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Unary<Not<T>, T>;
}

internal readonly unsafe struct LogicalNotFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Unary<LogicalNot<T>, T>;
}

internal readonly unsafe struct ReverseBitsFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Unary<ReverseBits<T>, T>;
}

internal readonly unsafe struct CountBitsFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Map<CountBits<T>, T, uint>;
}

internal readonly unsafe struct LeadingZerosFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Map<LeadingZeros<T>, T, uint>;
}

internal readonly unsafe struct HighestBitFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Map<HighestBit<T>, T, uint>;
}

internal readonly unsafe struct ShiftToHighestBitFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Map<ShiftToHighestBit<T>, T, uint>;
}

internal readonly unsafe struct ShiftLeftFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Shift<ShiftLeft<T>, T>;
}

internal readonly unsafe struct ShiftLeftByConstantFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.ShiftByConstant<ShiftLeft<T>, T>;
}

internal readonly unsafe struct ShiftRightFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.Shift<ShiftRight<T>, T>;
}

internal readonly unsafe struct ShiftRightByConstantFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &Arithmetic.ShiftByConstant<ShiftRight<T>, T>;
}

internal readonly unsafe struct BitFieldExtractFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &BitFields.Extract<T>;
}

internal readonly unsafe struct BitFieldInsertFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &BitFields.Insert<T>;
}

internal readonly unsafe struct MatchAnyFamily : IIntegerFamily
{
    public static Handler Of<T>() where T : unmanaged, IBinaryInteger<T> => &WarpWide.MatchAny<T>;
}
