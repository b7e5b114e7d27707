using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.SoftwareCuda.Tests.Backend;

namespace Histoseg.SoftwareCuda.Tests.Kernels;

/// <summary>exp_of and log1p_of of <c>kernels/common.cuh</c>, which have no library behind them, seen through the kernels that use them.</summary>
public class ExponentialTests
{
    // Units in the last place of float32.
    private const double Ulp = 1.0 / (1 << 23);

    private static readonly float[] Differences =
        [.. Enumerable.Range(0, 2000).Select(i => -87 * i / 1999f), .. Enumerable.Range(1, 40).Select(i => -MathF.Pow(2, -i))];

    [Fact]
    public void Softmax_keeps_its_digits_down_to_the_smallest_probabilities()
    {
        var p = Run(tape => tape.Softmax(tape["logits"], ElementType.Wide), Pairs());
        for (var i = 0; i < Differences.Length; i++)
        {
            var exact = Math.Exp(Differences[i]) / (1 + Math.Exp(Differences[i]));
            Assert.InRange(Math.Abs(p[2 * i + 1] / exact - 1), 0, 6 * Ulp);
        }
    }

    [Fact]
    public void Far_below_the_largest_logit_a_probability_is_zero_and_NaN_stays_NaN()
    {
        float[] logits = [.. Pairs()];
        (logits[1], logits[3], logits[5], logits[7], logits[9]) = (-1e30f, -200, float.NegativeInfinity, float.NaN, 1e30f);
        var p = Run(tape => tape.Softmax(tape["logits"], ElementType.Wide), logits);
        Assert.Equal([1, 0, 1, 0, 1, 0, float.NaN, float.NaN, 0, 1], p[..10]);
    }

    [Fact]
    public void Cross_entropy_keeps_its_digits_where_the_class_is_all_but_certain()
    {
        foreach (var difference in Differences.Where((_, i) => i % 100 == 0 || i >= 2000))
        {
            var loss = Run(
                tape => tape.SegmentationLoss(tape["logits"], tape.Input("target", new Shape(1, 1, 1, 1), ElementType.Int32), locationWeight: 0).Loss,
                [0, difference]);
            var exact = Math.Log(1 + Math.Exp(difference));
            exact = exact > 1e-5 ? exact : Math.Exp(difference) - Math.Exp(2 * difference) / 2;
            Assert.InRange(Math.Abs(loss[0] / exact - 1), 0, 6 * Ulp);
        }
    }

    private static float[] Pairs() => [.. Differences.SelectMany(d => new[] { 0, d })];

    private static float[] Run(Func<Tape, Value> record, float[] logits)
    {
        var tape = new Tape();
        var x = tape.Input("logits", new Shape(1, 1, logits.Length / 2, 2), ElementType.Real);
        var y = tape.Keep(record(tape));
        using var gpu = new SoftwareGpu(Precision.Fp32);
        using var program = gpu.Backend.Compile(tape);
        program.Write(x, logits);
        program.Run();
        return program.Read(y);
    }
}
