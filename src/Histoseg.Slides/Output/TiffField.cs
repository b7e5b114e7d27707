using System.Buffers.Binary;
using System.Text;

namespace Histoseg.Slides.Output;

/// <summary>One field of a TIFF directory with its value's bytes, little-endian.</summary>
internal readonly record struct TiffField(ushort Tag, ushort Type, long Count, byte[] Value)
{
    internal static TiffField Short(ushort tag, params int[] values)
    {
        var bytes = new byte[2 * values.Length];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), (ushort)values[i]);
        return new(tag, 3, values.Length, bytes);
    }

    internal static TiffField Long(ushort tag, int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return new(tag, 4, 1, bytes);
    }

    internal static TiffField Long8(ushort tag, long[] values)
    {
        var bytes = new byte[8 * values.Length];
        for (var i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8 * i), values[i]);
        return new(tag, 16, values.Length, bytes);
    }

    /// <summary>The places of directories that hang on another one.</summary>
    internal static TiffField Directories(long[] places) => Long8(330, places) with { Type = 18 };

    internal static TiffField Ascii(ushort tag, string value)
    {
        // What knows no UTF-8 shows other letters wrongly; the rest is the same.
        var bytes = Encoding.UTF8.GetBytes(value + '\0');
        return new(tag, 2, bytes.Length, bytes);
    }

    /// <summary>A positive number as a fraction of two 32-bit numbers, with as many decimals as fit.</summary>
    internal static TiffField Rational(ushort tag, double value)
    {
        uint denominator = 100_000_000;
        while (denominator > 1 && value * denominator > uint.MaxValue)
            denominator /= 10;
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)Math.Round(Math.Min(value * denominator, uint.MaxValue)));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), denominator);
        return new(tag, 5, 1, bytes);
    }
}
