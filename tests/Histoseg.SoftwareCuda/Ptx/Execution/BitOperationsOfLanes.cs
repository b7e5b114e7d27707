using System.Numerics;
using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

// Operations on bits.

internal readonly struct And<T> : IBinary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static bool IsWide => true;

    public static T Do(T a, T b) => a & b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => a & b;
}

internal readonly struct Or<T> : IBinary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static bool IsWide => true;

    public static T Do(T a, T b) => a | b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => a | b;
}

internal readonly struct Xor<T> : IBinary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static bool IsWide => true;

    public static T Do(T a, T b) => a ^ b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => a ^ b;
}

internal readonly struct Not<T> : IUnary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static bool IsWide => true;

    public static T Do(T a) => ~a;

    public static Vector512<T> Wide(Vector512<T> a) => ~a;
}

/// <summary>1 for 0, else 0.</summary>
internal readonly struct LogicalNot<T> : IUnary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Do(T a) => T.IsZero(a) ? T.One : T.Zero;
}

internal readonly struct ShiftLeft<T> : IShift<T> where T : unmanaged, IBinaryInteger<T>
{
    public static unsafe T Do(T a, uint count) => count >= 8 * sizeof(T) ? T.Zero : a << (int)count;

    public static Vector512<T> Wide(Vector512<T> a, int count) => a << count;
}

/// <summary>Shift to the right: unsigned types fill with zeros, signed ones with the sign.</summary>
internal readonly struct ShiftRight<T> : IShift<T> where T : unmanaged, IBinaryInteger<T>
{
    public static unsafe T Do(T a, uint count) => count < 8 * sizeof(T) ? a >> (int)count : T.IsNegative(a) ? ~T.Zero : T.Zero;

    public static Vector512<T> Wide(Vector512<T> a, int count) => a >> count;
}

internal readonly struct ReverseBits<T> : IUnary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static unsafe T Do(T a)
    {
        var bits = ulong.CreateTruncating(a);
        ulong reversed = 0;
        for (var k = 0; k < 8 * sizeof(T); k++)
            reversed = reversed << 1 | bits >> k & 1;
        return T.CreateTruncating(reversed);
    }
}

internal readonly struct CountBits<T> : IMap<T, uint> where T : unmanaged, IBinaryInteger<T>
{
    public static uint Do(T a) => uint.CreateTruncating(T.PopCount(a));
}

internal readonly struct LeadingZeros<T> : IMap<T, uint> where T : unmanaged, IBinaryInteger<T>
{
    public static uint Do(T a) => uint.CreateTruncating(T.LeadingZeroCount(a));
}

/// <summary>Position of the highest bit that differs from the sign (unsigned: that is 1); all ones if there is none.</summary>
internal readonly struct HighestBit<T> : IMap<T, uint> where T : unmanaged, IBinaryInteger<T>
{
    public static unsafe uint Do(T a)
    {
        var bits = T.IsNegative(a) ? ~a : a;
        return T.IsZero(bits) ? uint.MaxValue : (uint)(8 * sizeof(T) - 1) - uint.CreateTruncating(T.LeadingZeroCount(bits));
    }
}

/// <summary>As <see cref="HighestBit{T}"/>, counted as the shift that would bring it to the top.</summary>
internal readonly struct ShiftToHighestBit<T> : IMap<T, uint> where T : unmanaged, IBinaryInteger<T>
{
    public static unsafe uint Do(T a) => HighestBit<T>.Do(a) is var at && at == uint.MaxValue ? at : (uint)(8 * sizeof(T) - 1) - at;
}

/// <summary>Bytes chosen from {b, a} by the nibbles of c.</summary>
internal readonly struct Permute : ITernary<uint>
{
    public static uint Do(uint a, uint b, uint c)
    {
        var bytes = (ulong)b << 32 | a;
        uint result = 0;
        for (var k = 0; k < 4; k++)
        {
            var nibble = c >> 4 * k & 0xF;
            var value = (uint)(bytes >> 8 * (int)(nibble & 7)) & 0xFF;
            if ((nibble & 8) != 0)
                value = (value & 0x80) != 0 ? 0xFFu : 0;
            result |= value << 8 * k;
        }
        return result;
    }
}

/// <summary>Upper word of {b, a} shifted left; counts above 32 count as 32.</summary>
internal readonly struct FunnelLeftClamp : ITernary<uint>
{
    public static uint Do(uint a, uint b, uint c) => (uint)(((ulong)b << 32 | a) << (int)Math.Min(c, 32) >> 32);
}

internal readonly struct FunnelLeftWrap : ITernary<uint>
{
    public static uint Do(uint a, uint b, uint c) => FunnelLeftClamp.Do(a, b, c & 31);
}

/// <summary>Lower word of {b, a} shifted right; counts above 32 count as 32.</summary>
internal readonly struct FunnelRightClamp : ITernary<uint>
{
    public static uint Do(uint a, uint b, uint c) => (uint)(((ulong)b << 32 | a) >> (int)Math.Min(c, 32));
}

internal readonly struct FunnelRightWrap : ITernary<uint>
{
    public static uint Do(uint a, uint b, uint c) => FunnelRightClamp.Do(a, b, c & 31);
}
