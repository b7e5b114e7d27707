using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>Numbers of one PTX type from another, one at a time.</summary>
internal static class NumberConversion
{
    public static double Float(ulong bits, PtxType type) => type switch
    {
        PtxType.F16 => (double)BitConverter.UInt16BitsToHalf((ushort)bits),
        PtxType.Bf16 => Bf16.ToFloat((ushort)bits),
        PtxType.F64 => BitConverter.UInt64BitsToDouble(bits),
        _ => BitConverter.UInt32BitsToSingle((uint)bits),
    };

    public static double ToWhole(double value, Rounding rounding) => rounding switch
    {
        Rounding.NearestEven => Math.Round(value, MidpointRounding.ToEven),
        Rounding.Zero => Math.Truncate(value),
        Rounding.Down => Math.Floor(value),
        _ => Math.Ceiling(value),
    };

    /// <summary>Values outside the type's range become its limits, NaN becomes 0.</summary>
    public static ulong ToInteger(double value, PtxType type) => type switch
    {
        PtxType.S8 => (ulong)(long)Math.Clamp(double.IsNaN(value) ? 0 : value, sbyte.MinValue, sbyte.MaxValue),
        PtxType.U8 => (ulong)Math.Clamp(double.IsNaN(value) ? 0 : value, 0, byte.MaxValue),
        PtxType.S16 => (ulong)(long)Math.Clamp(double.IsNaN(value) ? 0 : value, short.MinValue, short.MaxValue),
        PtxType.U16 => (ulong)Math.Clamp(double.IsNaN(value) ? 0 : value, 0, ushort.MaxValue),
        PtxType.S32 => (ulong)(int)value,
        PtxType.U32 => (uint)value,
        PtxType.S64 => (ulong)(long)value,
        _ => (ulong)value,
    };

    public static ulong FromFloat(double value, PtxType type, Rounding rounding, bool saturate, bool flush)
    {
        if (saturate)
            value = value > 0 ? Math.Min(value, 1) : 0;
        switch (type)
        {
            case PtxType.F64:
                return BitConverter.DoubleToUInt64Bits(value);
            case PtxType.F16:
                return BitConverter.HalfToUInt16Bits(ToHalf(value, rounding));
            case PtxType.Bf16:
                return rounding == Rounding.Zero ? Bf16.Truncated((float)value) : Bf16.FromFloat((float)value);
            case PtxType.Tf32:
                var bits = BitConverter.SingleToUInt32Bits((float)value);
                return double.IsNaN(value) ? 0x7FFF_FFFF : (rounding == Rounding.NearestAway ? bits + 0x1000 : bits) & 0xFFFF_E000;
            default:
                var single = ToSingle(value, rounding);
                return BitConverter.SingleToUInt32Bits(flush ? FloatModifiers.Flush(single) : single);
        }
    }

    private static float ToSingle(double value, Rounding rounding)
    {
        var nearest = (float)value;
        return rounding switch
        {
            Rounding.Zero => Math.Abs((double)nearest) > Math.Abs(value) ? value > 0 ? MathF.BitDecrement(nearest) : MathF.BitIncrement(nearest) : nearest,
            Rounding.Down => nearest > value ? MathF.BitDecrement(nearest) : nearest,
            Rounding.Up => nearest < value ? MathF.BitIncrement(nearest) : nearest,
            _ => nearest,
        };
    }

    private static Half ToHalf(double value, Rounding rounding)
    {
        var nearest = (Half)value;
        return rounding == Rounding.Zero && Math.Abs((double)nearest) > Math.Abs(value)
            ? value > 0 ? Half.BitDecrement(nearest) : Half.BitIncrement(nearest)
            : nearest;
    }

    public static ulong FromInteger(ulong bits, PtxType from, PtxType to, Rounding rounding, bool saturate)
    {
        var extended = Extend(bits, from);
        if (rounding is not (Rounding.NearestEven or Rounding.None) && from.Bytes() == 8 || saturate)
            return FromFloat(from.IsSigned() ? (long)extended : extended, to, rounding, saturate, false);
        // 64-bit integers are rounded once, straight to the type asked for
        return (to, from.IsSigned()) switch
        {
            (PtxType.F32, true) when rounding == Rounding.NearestEven => BitConverter.SingleToUInt32Bits((long)extended),
            (PtxType.F32, false) when rounding == Rounding.NearestEven => BitConverter.SingleToUInt32Bits(extended),
            (_, true) => FromFloat((long)extended, to, rounding, false, false),
            _ => FromFloat(extended, to, rounding, false, false),
        };
    }

    /// <summary>An integer in another width: cut off, or with .sat clamped to the type's range.</summary>
    public static ulong Resize(ulong bits, PtxType from, PtxType to, bool saturate)
    {
        var extended = Extend(bits, from);
        if (saturate)
        {
            var value = from.IsSigned() ? (Int128)(long)extended : extended;
            var size = 8 * to.Bytes();
            var least = to.IsSigned() ? -(Int128.One << size - 1) : Int128.Zero;
            var greatest = to.IsSigned() ? (Int128.One << size - 1) - 1 : (Int128.One << size) - 1;
            extended = (ulong)Int128.Clamp(value, least, greatest);
        }
        return Extend(extended, to);
    }

    /// <summary>The lower bits that are the type's, extended by its sign or by zeros.</summary>
    private static ulong Extend(ulong bits, PtxType type) => type switch
    {
        PtxType.S8 => (ulong)(sbyte)bits,
        PtxType.U8 or PtxType.B8 => (byte)bits,
        PtxType.S16 => (ulong)(short)bits,
        PtxType.U16 or PtxType.B16 => (ushort)bits,
        PtxType.S32 => (ulong)(int)bits,
        PtxType.U32 or PtxType.B32 => (uint)bits,
        _ => bits,
    };
}
