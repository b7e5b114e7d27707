using Histoseg.Training.Reports;

namespace Histoseg.Training.Tests.Reports;

public class BootstrapTests
{
    [Fact]
    public void The_interval_is_that_of_the_exact_distribution_of_resampled_means()
    {
        // All 27 equally likely samples of three values: means below 0.1 have 1/27, the next 3/27 and so on, so 2.5 % end at the least and the greatest.
        Assert.Equal((0.0, 0.9), Bootstrap.OfMean([0, 0.3, 0.9]));
        var (low, high) = Bootstrap.OfMean([.. Enumerable.Range(0, 100).Select(i => i / 99.0)])!.Value;
        // The mean's standard error is 0.2916 / 10.
        Assert.InRange(low, 0.5 - 2.1 * 0.02916, 0.5 - 1.8 * 0.02916);
        Assert.InRange(high, 0.5 + 1.8 * 0.02916, 0.5 + 2.1 * 0.02916);
    }

    [Fact]
    public void It_is_the_same_every_time_and_needs_three_values()
    {
        double[] values = [0.1, 0.5, 0.7, 0.75, 0.8];
        Assert.Equal(Bootstrap.OfMean(values), Bootstrap.OfMean(values));
        Assert.Null(Bootstrap.OfMean([0.1, 0.9]));
        Assert.Equal((0.5, 0.5), Bootstrap.OfMean([0.5, 0.5, 0.5]));
    }
}
