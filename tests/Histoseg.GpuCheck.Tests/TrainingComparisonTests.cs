using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;

namespace Histoseg.GpuCheck.Tests;

public class TrainingComparisonTests
{
    private static readonly double[] Falling = [.. Enumerable.Range(0, 200).Select(step => 0.2 + 0.8 * Math.Exp(-step / 20.0))];

    private static IEnumerable<string> Failures(Func<double, int, double> change, Precision precision) =>
        TrainingComparison.Compare(Falling, [.. Falling.Select(change)], precision).Where(one => !one.Passes).Select(one => one.What);

    [Fact]
    public void The_same_curves_agree() => Assert.Empty(Failures((loss, _) => loss, Precision.Fp32));

    [Fact]
    public void A_first_loss_that_is_off_by_a_percent_fails_in_fp32_and_passes_in_bf16()
    {
        Assert.Equal("first loss, difference", Assert.Single(Failures((loss, step) => step == 0 ? 1.01 * loss : loss, Precision.Fp32)));
        Assert.Empty(Failures((loss, step) => step == 0 ? 1.01 * loss : loss, Precision.Bf16));
    }

    [Fact]
    public void A_start_that_takes_another_way_fails() =>
        Assert.Equal("losses 1 to 20, mean difference", Assert.Single(Failures((loss, step) => step is > 0 and < 20 ? loss - 0.08 : loss, Precision.Bf16)));

    [Fact]
    public void A_curve_that_stays_high_fails() => Assert.Equal(2, Failures((loss, step) => step < 20 ? loss : 0.7, Precision.Bf16).Count());

    [Fact]
    public void Not_a_number_fails()
    {
        Assert.NotEmpty(Failures((loss, step) => step == 3 ? double.NaN : loss, Precision.Bf16));
        Assert.NotEmpty(Failures((loss, step) => step == 199 ? double.NaN : loss, Precision.Bf16));
    }

    [Fact]
    public void Steps_repeat()
    {
        using var one = new CpuBackend(threads: 1);
        using var two = new CpuBackend(threads: 2);
        var losses = TrainingComparison.Losses(one, 2);
        Assert.Equal(losses, TrainingComparison.Losses(two, 2));
        Assert.Equal(2, losses.Distinct().Count());
    }
}
