using System.Runtime.CompilerServices;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>bfloat16: the upper half of a float32.</summary>
internal static class Bf16
{
    public const ushort NaN = 0x7FFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToFloat(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Nearest, ties to even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort FromFloat(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? NaN : (ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16);
    }

    public static ushort Truncated(float value) => float.IsNaN(value) ? NaN : (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
}
