using System.Buffers.Binary;
using System.Numerics;

namespace Histoseg.Training.TensorBoard;

/// <summary>The framing of TensorFlow's record files.</summary>
/// <remarks>Length (8 bytes), its masked CRC-32C (4), the record, its masked CRC-32C (4); little-endian.</remarks>
internal static class TfRecord
{
    private const uint MaskDelta = 0xA282EAD8;

    /// <summary>A record as it stands in a file.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> record)
    {
        var framed = new byte[8 + 4 + record.Length + 4];
        BinaryPrimitives.WriteUInt64LittleEndian(framed, (ulong)record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(8), Masked(Crc32C(framed.AsSpan(0, 8))));
        record.CopyTo(framed.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(framed.AsSpan(12 + record.Length), Masked(Crc32C(record)));
        return framed;
    }

    /// <summary>The checksum by Castagnoli's polynomial.</summary>
    internal static uint Crc32C(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
            crc = BitOperations.Crc32C(crc, value);
        return ~crc;
    }

    // So that the checksum of data that holds its own checksum is no constant.
    internal static uint Masked(uint crc) => BitOperations.RotateRight(crc, 15) + MaskDelta;
}
