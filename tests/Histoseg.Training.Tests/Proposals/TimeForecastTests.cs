using Histoseg.Training.Config;
using Histoseg.Training.Planning;

namespace Histoseg.Training.Tests.Proposals;

public class TimeForecastTests
{
    private static string[] Of(int iterations, double? minutes, double secondsPerUpdate, long made = 0, double seconds = 0) => [.. TimeForecast.InWords(
        new TrainConfig { Training = new() { Iterations = iterations, MaxMinutes = minutes } }, secondsPerUpdate, made, seconds,
        config => config.Network.Width == 64 ? 64 : 1)];

    [Fact]
    public void Time_is_told() => Assert.Equal(["900 updates of about 2 s, as measured here: 30 min 0 s without validation"], Of(1000, null, 2, made: 100));

    [Fact]
    public void A_minute_is_not_worth_a_word() => Assert.Empty(Of(20, null, 2));

    [Fact]
    public void What_fits_into_the_limit_is_told()
    {
        Assert.Equal(["1000 updates of about 2 s, as measured here: 33 min 20 s without validation; "
            + "training.max_minutes ends it after 30 min 0 s, 900 updates"], Of(1000, 30, 2));
        Assert.Contains("fewer training.iterations suit the time", Of(10_000, 30, 2)[1]);
        Assert.Single(Of(1000, 60, 2));
    }

    [Fact]
    public void Of_days_it_is_told_what_would_be_quicker() => Assert.Equal(
        "in an hour 400 updates fit; with network.width: 8 all would take about 14 h 3 min; engine init proposes a network and updates for the time there is",
        Of(360_000, null, 9)[1]);
}
