using System.Buffers.Binary;
using System.Text;

namespace Histoseg.Engine.Checkpoints.Torch;

/// <summary>The bytes of a pickle, read from the beginning. Whatever it claims, no more is taken than it has.</summary>
/// <param name="bytes">All of it.</param>
/// <param name="damaged">Makes the error for what is wrong, in words.</param>
internal sealed class PickleInput(byte[] bytes, Func<string, EngineError> damaged)
{
    private const int LongestLong = 8;
    private int _at;

    /// <summary>The next byte.</summary>
    public byte Byte() => Take(1)[0];

    /// <summary>Two bytes, without sign.</summary>
    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    /// <summary>Four bytes, with sign.</summary>
    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    /// <summary>Four bytes, without sign.</summary>
    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>Eight bytes that say how long something is.</summary>
    public long Length64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>A floating-point number, which alone has its highest byte first.</summary>
    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    /// <summary>A whole number of as many bytes; one that needs more than eight counts as none, for no tensor has it.</summary>
    public object? Long(int length)
    {
        var digits = Take(length);
        if (length is 0 or > LongestLong)
            return length == 0 ? 0L : null;
        var number = digits[^1] >= 0x80 ? -1L : 0L;
        for (var i = length - 1; i >= 0; i--)
            number = number << 8 | digits[i];
        return number;
    }

    /// <summary>Text of as many bytes.</summary>
    public string Text(long length) => Encoding.UTF8.GetString(Take(length));

    /// <summary>Text up to the end of the line.</summary>
    public string Line()
    {
        var length = bytes.AsSpan(_at).IndexOf((byte)'\n');
        var line = Text(length >= 0 ? length : bytes.Length);
        _at++;
        return line;
    }

    private ReadOnlySpan<byte> Take(long count)
    {
        if (count < 0 || count > bytes.Length - _at)
            throw damaged("its list of tensors ends in the middle");
        var taken = bytes.AsSpan(_at, (int)count);
        _at += (int)count;
        return taken;
    }
}
