using System.Runtime.CompilerServices;

namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>Runs one instruction in as many threads as there are operands.</summary>
internal static class Evaluate
{
    public static readonly float[] Floats =
        [0, -0f, 1, -1, 1.5f, 2.5f, -2.5f, 0.5f, 3.7f, -3.7f, 1e-40f, -1e-40f, 1e30f, -1e30f, float.MaxValue, float.Epsilon, float.NaN,
            float.PositiveInfinity, float.NegativeInfinity, 2147483648f, -2147483904f, 4294967296f, 65504, 1.00390625f, 1.01171875f, 0.333333343f];

    public static readonly int[] Integers =
        [0, 1, -1, 2, 7, -7, 31, 32, 33, 255, 65535, 65536, -65536, int.MaxValue, int.MinValue, 0x12345678, unchecked((int)0xDEADBEEF), 1000003];

    /// <summary>Every pair of the values.</summary>
    public static (T[] A, T[] B) Pairs<T>(T[] values) =>
        ([.. values.SelectMany(_ => values)], [.. values.SelectMany(value => Enumerable.Repeat(value, values.Length))]);

    /// <summary>
    /// The instruction's <c>d</c> for operands <c>a</c>, <c>b</c>, <c>c</c>, all of which stand for registers of the kinds given (r, f, rd, rs, fd).
    /// </summary>
    public static TD[] Instruction<T, TD>(string instruction, string source, string destination, params T[][] operands) where T : unmanaged where TD : unmanaged
    {
        var n = operands[0].Length;
        if (n > 1024)
            return [.. operands[0].Chunk(1024)
                .SelectMany((_, k) => Instruction<T, TD>(instruction, source, destination, [.. operands.Select(o => o.Chunk(1024).ElementAt(k))]))];
        var (size, sizeD) = (Unsafe.SizeOf<T>(), Unsafe.SizeOf<TD>());
        var body = "mov.u32 %r70, %tid.x;\n";
        for (var k = 0; k < operands.Length; k++)
            body += $"mad.wide.u32 %rd70, %r70, {size}, %rd{k + 1};\nld.global.b{8 * size} %{source}{51 + k}, [%rd70];\n";
        body += instruction.Replace("{d}", $"%{destination}50").Replace("{a}", $"%{source}51")
            .Replace("{b}", $"%{source}52").Replace("{c}", $"%{source}53") + "\n";
        body += $"mad.wide.u32 %rd70, %r70, {sizeD}, %rd0;\nst.global.b{8 * sizeD} [%rd70], %{destination}50;\n";
        using var memory = new TestMemory();
        var result = memory.Add<TD>(new TD[n]);
        Kernels.Body(body, operands.Length + 1, "sm_90").Run(memory, new(1), new((uint)n),
            [result, .. operands.Select(values => (object)memory.Add<T>(values))]);
        return memory.Read<TD>(result);
    }

    /// <summary>Compares bit by bit, but for NaNs, which are all alike.</summary>
    public static void Same(float[] expected, float[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var k = 0; k < expected.Length; k++)
            if (BitConverter.SingleToInt32Bits(expected[k]) != BitConverter.SingleToInt32Bits(actual[k])
                && !(float.IsNaN(expected[k]) && float.IsNaN(actual[k])))
                Assert.Fail($"{what}, element {k}: expected {expected[k]:R}, is {actual[k]:R}");
    }
}
