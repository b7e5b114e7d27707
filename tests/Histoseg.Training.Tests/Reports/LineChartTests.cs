using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Tests.Reports;

public class LineChartTests
{
    [Theory]
    [InlineData(0, 1, "0 0.2 0.4 0.6 0.8 1")]
    [InlineData(0, 600, "0 100 200 300 400 500 600")]
    [InlineData(0, 0.7, "0 0.2 0.4 0.6 0.8")]
    [InlineData(0, 0, "0 0.2 0.4 0.6 0.8 1")]
    public void Ticks_are_round(double low, double high, string ticks) =>
        Assert.Equal(ticks,
            string.Join(' ', LineChart.Ticks(low, high).Select(tick => tick.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture))));

    [Property]
    public Property Ticks_cover_any_range_in_a_few_steps() => Prop.ForAll(
        Gen.Choose(-9, 9).SelectMany(power => Gen.Choose(1, 9999).Select(mantissa => mantissa * Math.Pow(10, power))).ToArbitrary(),
        high => LineChart.Ticks(0, high) is var ticks && ticks[0] == 0 && ticks[^1] >= high * (1 - 1e-9) && ticks.Length is >= 3 and <= 10);

    [Fact]
    public void A_chart_is_well_formed_whatever_the_points()
    {
        (double, double)[][] lots = [[], [(0, 0)], [(5, 1)], [(1, double.NaN), (2, double.PositiveInfinity), (3, 1)], [(1, -4), (2, 9)]];
        foreach (var points in lots)
        {
            var svg = XElement.Parse(LineChart.Draw("a < b", "x & y", "\"y\"", [new("one", "#123456", points, ChartStyle.Dotted)]));
            Assert.DoesNotContain("NaN", svg.ToString());
            Assert.DoesNotContain("∞", svg.ToString());
        }
    }
}
