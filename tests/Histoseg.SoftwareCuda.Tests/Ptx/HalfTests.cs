namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>bfloat16 and float16.</summary>
public class HalfTests
{
    /// <summary>The bfloat16 next to a value, ties to even, found by looking at both neighbours.</summary>
    private static ushort Nearest(double value)
    {
        if (double.IsNaN(value))
            return 0x7FFF;
        var down = (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16);
        if (double.IsInfinity(value))
            return down;
        // float32 may have rounded away from the value: start one below
        if ((down & 0x7FFF) != 0)
            down--;
        var best = down;
        for (var k = 0; k < 3; k++)
        {
            var candidate = (ushort)(down + k);
            var (distance, least) = (Math.Abs(Value(candidate) - value), Math.Abs(Value(best) - value));
            if (distance < least || distance == least && (candidate & 1) == 0)
                best = candidate;
        }
        return best;
    }

    /// <summary>Infinity counts as the power of two after the greatest number.</summary>
    private static double Value(ushort bits) => (bits & 0x7FFF) == 0x7F80
        ? (bits & 0x8000) != 0 ? -Math.Pow(2, 128) : Math.Pow(2, 128)
        : BitConverter.UInt32BitsToSingle((uint)bits << 16);

    private static float[] Values()
    {
        var random = new Random(7);
        return [.. Evaluate.Floats, 3.3895314e38f, 3.40e38f, 9.2e-41f, 1.5f + 1 / 256f, 1.5f + 3 / 256f, 1 + 1 / 256f + 1e-7f,
            .. Enumerable.Range(0, 500).Select(_ => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue))).Where(float.IsFinite)];
    }

    [Fact]
    public void Bf16_rounds_to_nearest_even()
    {
        var values = Values();
        Assert.Equal(values.Select(x => Nearest(x)), Evaluate.Instruction<float, ushort>("cvt.rn.bf16.f32 {d}, {a};", "f", "rs", values));
        Assert.Equal(values.Select(x => float.IsNaN(x) ? (ushort)0x7FFF : (ushort)(BitConverter.SingleToUInt32Bits(x) >> 16)),
            Evaluate.Instruction<float, ushort>("cvt.rz.bf16.f32 {d}, {a};", "f", "rs", values));
    }

    [Fact]
    public void Bf16_pairs_take_the_first_operand_above()
    {
        var values = Values();
        var reversed = values.Reverse().ToArray();
        Assert.Equal(values.Zip(reversed, (a, b) => (uint)Nearest(a) << 16 | Nearest(b)),
            Evaluate.Instruction<float, uint>("cvt.rn.bf16x2.f32 {d}, {a}, {b};", "f", "r", values, reversed));
        Assert.Equal([0x40000000u], Evaluate.Instruction<float, uint>("cvt.rn.relu.bf16x2.f32 {d}, {a}, {b};", "f", "r", [2], [-1]));
    }

    [Fact]
    public void Bf16_widens() =>
        Evaluate.Same([1, -2, float.NaN, float.PositiveInfinity, 9.1835e-41f],
            Evaluate.Instruction<ushort, float>("cvt.f32.bf16 {d}, {a};", "rs", "f", [0x3F80, 0xC000, 0x7FC0, 0x7F80, 1]), "bf16");

    [Fact]
    public void Bf16_arithmetic_rounds_once()
    {
        var values = Values();
        var a = values.Select(x => Nearest(x)).ToArray();
        var b = a.Reverse().ToArray();
        var c = a.Skip(7).Concat(a.Take(7)).ToArray();
        static double V(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);
        Assert.Equal(a.Zip(b, (x, y) => Nearest(V(x) + V(y))),
            Evaluate.Instruction<ushort, ushort>("add.rn.bf16 {d}, {a}, {b};", "rs", "rs", a, b).Select(Canonical));
        Assert.Equal(a.Zip(b, (x, y) => Nearest(V(x) * V(y))),
            Evaluate.Instruction<ushort, ushort>("mul.rn.bf16 {d}, {a}, {b};", "rs", "rs", a, b).Select(Canonical));
        Assert.Equal(a.Select((x, k) => Nearest(Sum(V(x) * V(b[k]), V(c[k])))),
            Evaluate.Instruction<ushort, ushort>("fma.rn.bf16 {d}, {a}, {b}, {c};", "rs", "rs", a, b, c).Select(Canonical));
        // 1 + 2⁻⁸ is a tie; a product far below it decides which way it goes: 2⁻⁸·(1 ± 2⁻⁷) + 1
        Assert.Equal([0x3F81, 0x3F80, 0x3F80], Evaluate.Instruction<ushort, ushort>("fma.rn.bf16 {d}, {a}, {b}, {c};", "rs", "rs",
            [0x3B81, 0x3B80, 0x3B7F], [0x3F80, 0x3F80, 0x3F80], [0x3F80, 0x3F80, 0x3F80]));
    }

    /// <summary>A sum in float64 whose last bit tells that something was lost.</summary>
    private static double Sum(double a, double b)
    {
        var sum = a + b;
        var part = sum - a;
        var lost = a - (sum - part) + (b - part);
        if (lost == 0 || !double.IsFinite(lost))
            return sum;
        var bits = BitConverter.DoubleToInt64Bits(sum);
        return (bits & 1) != 0 ? sum : BitConverter.Int64BitsToDouble(lost > 0 == sum > 0 ? bits + 1 : bits - 1);
    }

    private static ushort Canonical(ushort bits) => (bits & 0x7FFF) > 0x7F80 ? (ushort)0x7FFF : bits;

    [Fact]
    public void Pairs_are_two_numbers()
    {
        // 1.5 | -2 and 4 | 0.5
        Assert.Equal([0x40C0BF80u], Evaluate.Instruction<uint, uint>("fma.rn.bf16x2 {d}, {a}, {b}, {c};", "r", "r", [0x3FC0C000u], [0x40803F00u], [0u]));
        Assert.Equal([0x40C00000u], Evaluate.Instruction<uint, uint>("fma.rn.relu.bf16x2 {d}, {a}, {b}, {c};", "r", "r", [0x3FC0C000u], [0x40803F00u], [0u]));
        Assert.Equal([0x3FC0C000u], Evaluate.Instruction<uint, uint>("min.bf16x2 {d}, {a}, {b};", "r", "r", [0x3FC0C000u], [0x40803F00u]));
        Assert.Equal([0x40803F00u], Evaluate.Instruction<uint, uint>("max.bf16x2 {d}, {a}, {b};", "r", "r", [0x3FC0C000u], [0x40803F00u]));
        Assert.Equal([0xBFC04000u], Evaluate.Instruction<uint, uint>("neg.bf16x2 {d}, {a};", "r", "r", [0x3FC0C000u]));
        Assert.Equal([0x3FC04000u], Evaluate.Instruction<uint, uint>("abs.bf16x2 {d}, {a};", "r", "r", [0x3FC0C000u]));
        // float16: 1.5 | 2 plus 1 | 1
        Assert.Equal([0x41004200u], Evaluate.Instruction<uint, uint>("add.rn.f16x2 {d}, {a}, {b};", "r", "r", [0x3E004000u], [0x3C003C00u]));
    }

    [Fact]
    public void Newer_instructions_are_refused_for_the_target()
    {
        var error = Assert.Throws<SoftwareCuda.Ptx.PtxError>(() => Kernels.Body("add.rn.bf16 %rs1, %rs2, %rs3;", 0));
        Assert.Contains("sm_90", error.Message);
        Assert.Throws<SoftwareCuda.Ptx.PtxError>(() => Kernels.Body("cvt.rn.bf16.s32 %rs1, %r1;", 0));
    }
}
