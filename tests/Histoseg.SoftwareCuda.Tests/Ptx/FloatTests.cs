namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>float32 and float64 instructions against C#'s arithmetic.</summary>
public class FloatTests
{
    private static float Flush(float x) => float.IsSubnormal(x) ? MathF.CopySign(0, x) : x;

    private static float Saturate(float x) => float.IsNaN(x) || x < 0 ? 0 : MathF.Min(x, 1) + 0f;

    public static TheoryData<string, Func<float, float, float>> TwoOperands => new()
    {
        { "add.f32", (a, b) => a + b },
        { "add.rn.f32", (a, b) => a + b },
        { "add.ftz.f32", (a, b) => Flush(Flush(a) + Flush(b)) },
        { "add.sat.f32", (a, b) => Saturate(a + b) },
        { "sub.f32", (a, b) => a - b },
        { "mul.f32", (a, b) => a * b },
        { "mul.rn.ftz.f32", (a, b) => Flush(Flush(a) * Flush(b)) },
        { "div.rn.f32", (a, b) => a / b },
        { "div.approx.f32", (a, b) => a / b },
        { "div.full.f32", (a, b) => a / b },
        { "min.f32", (a, b) => float.IsNaN(a) ? b : float.IsNaN(b) ? a : MathF.Min(a, b) },
        { "max.f32", (a, b) => float.IsNaN(a) ? b : float.IsNaN(b) ? a : MathF.Max(a, b) },
        { "min.NaN.f32", MathF.Min },
        { "max.NaN.f32", MathF.Max },
        { "copysign.f32", (a, b) => MathF.CopySign(b, a) },
    };

    [Theory]
    [MemberData(nameof(TwoOperands))]
    public void Of_two_operands(string opcode, Func<float, float, float> expected)
    {
        var (a, b) = Evaluate.Pairs(Evaluate.Floats);
        var actual = Evaluate.Instruction<float, float>(opcode + " {d}, {a}, {b};", "f", "f", a, b);
        Evaluate.Same([.. a.Zip(b, expected)], actual, opcode);
    }

    public static TheoryData<string, Func<float, float>, double> OneOperand => new()
    {
        { "neg.f32", a => -a, 0 },
        { "abs.f32", MathF.Abs, 0 },
        { "abs.ftz.f32", a => Flush(MathF.Abs(a)), 0 },
        { "sqrt.rn.f32", MathF.Sqrt, 0 },
        { "sqrt.approx.ftz.f32", a => Flush(MathF.Sqrt(Flush(a))), 0 },
        { "rcp.rn.f32", a => 1 / a, 0 },
        { "rcp.approx.ftz.f32", a => Flush(1 / Flush(a)), 0 },
        { "rsqrt.approx.f32", a => (float)(1 / Math.Sqrt(a)), 1e-7 },
        { "ex2.approx.f32", a => MathF.Pow(2, a), 2e-7 },
        { "ex2.approx.ftz.f32", a => Flush(MathF.Pow(2, Flush(a))), 2e-7 },
        { "lg2.approx.f32", MathF.Log2, 2e-7 },
        { "sin.approx.f32", a => (float)Math.Sin(a), 1e-7 },
        { "tanh.approx.f32", MathF.Tanh, 2e-7 },
        { "mov.f32", a => a, 0 },
        { "cvt.rni.f32.f32", a => MathF.Round(a), 0 },
        { "cvt.rzi.f32.f32", MathF.Truncate, 0 },
        { "cvt.rmi.f32.f32", MathF.Floor, 0 },
        { "cvt.rpi.f32.f32", MathF.Ceiling, 0 },
        { "cvt.sat.f32.f32", Saturate, 0 },
        { "cvt.ftz.f32.f32", Flush, 0 },
    };

    [Theory]
    [MemberData(nameof(OneOperand))]
    public void Of_one_operand(string opcode, Func<float, float> expected, double tolerance)
    {
        var actual = Evaluate.Instruction<float, float>(opcode + " {d}, {a};", "f", "f", Evaluate.Floats);
        var wanted = Evaluate.Floats.Select(expected).ToArray();
        for (var k = 0; k < wanted.Length; k++)
            if (Math.Abs(wanted[k] - (double)actual[k]) <= tolerance * Math.Abs(wanted[k]) && wanted[k] != 0)
                wanted[k] = actual[k];
        Evaluate.Same(wanted, actual, opcode);
    }

    [Fact]
    public void Fused_rounds_once()
    {
        var (a, b) = Evaluate.Pairs(Evaluate.Floats);
        var c = a.Select((x, k) => -x * b[k]).ToArray();
        Evaluate.Same([.. a.Select((x, k) => MathF.FusedMultiplyAdd(x, b[k], c[k]))],
            Evaluate.Instruction<float, float>("fma.rn.f32 {d}, {a}, {b}, {c};", "f", "f", a, b, c), "fma");
        Assert.Equal(MathF.FusedMultiplyAdd(1.1f, 1.1f, -1.21f),
            Evaluate.Instruction<float, float>("fma.rn.f32 {d}, {a}, {b}, {c};", "f", "f", [1.1f], [1.1f], [-1.21f])[0]);
        Evaluate.Same([.. a.Select((x, k) => Flush(MathF.FusedMultiplyAdd(Flush(x), Flush(b[k]), Flush(c[k]))))],
            Evaluate.Instruction<float, float>("fma.rn.ftz.f32 {d}, {a}, {b}, {c};", "f", "f", a, b, c), "fma.ftz");
    }

    public static TheoryData<string, Func<float, float, bool>> Comparisons => new()
    {
        { "eq", (a, b) => a == b },
        { "ne", (a, b) => a < b || a > b },
        { "lt", (a, b) => a < b },
        { "le", (a, b) => a <= b },
        { "gt", (a, b) => a > b },
        { "ge", (a, b) => a >= b },
        { "equ", (a, b) => !(a < b || a > b) },
        { "neu", (a, b) => a != b },
        { "ltu", (a, b) => !(a >= b) },
        { "leu", (a, b) => !(a > b) },
        { "gtu", (a, b) => !(a <= b) },
        { "geu", (a, b) => !(a < b) },
        { "num", (a, b) => !float.IsNaN(a) && !float.IsNaN(b) },
        { "nan", (a, b) => float.IsNaN(a) || float.IsNaN(b) },
    };

    [Theory]
    [MemberData(nameof(Comparisons))]
    public void Comparisons_are_those_of_the_operator(string comparison, Func<float, float, bool> expected)
    {
        var (a, b) = Evaluate.Pairs(Evaluate.Floats);
        var actual = Evaluate.Instruction<float, int>($"setp.{comparison}.f32 %p1, {{a}}, {{b}};\nselp.b32 {{d}}, 1, 0, %p1;", "f", "r", a, b);
        Assert.Equal(a.Zip(b, (x, y) => expected(x, y) ? 1 : 0), actual);
        var doubles = Evaluate.Instruction<double, int>($"setp.{comparison}.f64 %p1, {{a}}, {{b}};\nselp.b32 {{d}}, 1, 0, %p1;", "fd", "r",
            [.. a.Select(x => (double)x)], [.. b.Select(x => (double)x)]);
        Assert.Equal(actual, doubles);
    }

    [Fact]
    public void Doubles_are_computed_as_such()
    {
        double[] a = [1.5, -2, 1e300, 0.1, 7, -0.0], b = [3, 0.7, 1e10, 0.2, double.PositiveInfinity, 4];
        Assert.Equal(a.Zip(b, (x, y) => x + y), Evaluate.Instruction<double, double>("add.rn.f64 {d}, {a}, {b};", "fd", "fd", a, b));
        Assert.Equal(a.Zip(b, (x, y) => x / y), Evaluate.Instruction<double, double>("div.rn.f64 {d}, {a}, {b};", "fd", "fd", a, b));
        Assert.Equal(a.Zip(b, (x, y) => Math.FusedMultiplyAdd(x, y, x)),
            Evaluate.Instruction<double, double>("fma.rn.f64 {d}, {a}, {b}, {a};", "fd", "fd", a, b));
        Assert.Equal(b.Select(Math.Sqrt), Evaluate.Instruction<double, double>("sqrt.rn.f64 {d}, {a};", "fd", "fd", b));
        Assert.Equal(a.Select(x => x * 0.5), Evaluate.Instruction<double, double>("mul.rn.f64 {d}, {a}, 0d3FE0000000000000;", "fd", "fd", a));
    }

    [Fact]
    public void Classes_of_numbers_are_told_apart()
    {
        int Run(string test, float value) =>
            Evaluate.Instruction<float, int>($"testp.{test}.f32 %p1, {{a}};\nselp.b32 {{d}}, 1, 0, %p1;", "f", "r", [value])[0];
        Assert.Equal(0, Run("finite", float.NaN));
        Assert.Equal(1, Run("finite", 3));
        Assert.Equal(1, Run("infinite", float.NegativeInfinity));
        Assert.Equal(1, Run("notanumber", float.NaN));
        Assert.Equal(0, Run("number", float.NaN));
        Assert.Equal(1, Run("subnormal", 1e-40f));
        Assert.Equal(0, Run("normal", 1e-40f));
    }
}
