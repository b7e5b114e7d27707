namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>Numbers as they lie in device memory: float32 or bfloat16.</summary>
public static unsafe class DeviceNumbers
{
    /// <summary>Reads numbers, rounding float32 to tf32 where a tensor core would.</summary>
    public static float[] Load(byte* from, int count, bool bfloat16, bool tf32)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            var value = Load(from, i, bfloat16);
            values[i] = tf32 && !bfloat16 ? ToTf32(value) : value;
        }
        return values;
    }

    /// <summary>Reads one number.</summary>
    public static float Load(byte* from, long index, bool bfloat16) =>
        bfloat16 ? BitConverter.UInt32BitsToSingle((uint)((ushort*)from)[index] << 16) : ((float*)from)[index];

    /// <summary>Writes one number.</summary>
    public static void Store(byte* to, long index, float value, bool bfloat16)
    {
        if (bfloat16)
            ((ushort*)to)[index] = ToBFloat16(value);
        else
            ((float*)to)[index] = value;
    }

    /// <summary>To the nearest bfloat16, ties to even.</summary>
    public static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>To the nearest number of 10 fraction bits, ties away from zero, as cvt.rna.tf32 does.</summary>
    public static float ToTf32(float value) =>
        float.IsFinite(value) ? BitConverter.UInt32BitsToSingle((BitConverter.SingleToUInt32Bits(value) + 0x1000) & 0xFFFF_E000) : value;
}
