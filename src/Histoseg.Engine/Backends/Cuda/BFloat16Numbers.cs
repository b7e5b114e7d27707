namespace Histoseg.Engine.Backends.Cuda;

/// <summary>Conversions between float32 and bfloat16 on the host.</summary>
internal static class BFloat16Numbers
{
    /// <summary>Rounds to nearest, ties to even; NaN stays NaN.</summary>
    public static void FromSingle(ReadOnlySpan<float> numbers, Span<ushort> halves)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            var bits = BitConverter.SingleToUInt32Bits(numbers[i]);
            halves[i] = float.IsNaN(numbers[i]) ? (ushort)(bits >> 16 | 0x40) : (ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16);
        }
    }

    /// <summary>The nearest number that bfloat16 holds.</summary>
    public static float Round(float number)
    {
        Span<ushort> half = stackalloc ushort[1];
        Span<float> rounded = stackalloc float[1];
        FromSingle([number], half);
        ToSingle(half, rounded);
        return rounded[0];
    }

    /// <summary>Exact.</summary>
    public static void ToSingle(ReadOnlySpan<ushort> halves, Span<float> numbers)
    {
        for (var i = 0; i < halves.Length; i++)
            numbers[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
    }
}
