using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests.Terminal;

public class ProgressLinesTests
{
    [Fact]
    public void A_line_comes_every_ten_seconds_with_the_time_left_and_the_last_state_at_the_end()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var clock = new HandClock();
        var lines = new ProgressLines(output, "train", clock);
        lines.Show(0.1, "a");
        clock.Advance(11);
        lines.Show(0.25, "loss 0.5");
        lines.Show(0.3, "b");
        clock.Advance(9);
        lines.Show(0.5, "c");
        lines.Note("validated");
        lines.End();
        Assert.Equal("train: 25 %, loss 0.5, 33 s left\nvalidated\ntrain: 50 %, c\n", output.ToString());
    }

    [Theory]
    [InlineData(0.2, "1 s")]
    [InlineData(59, "59 s")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(7500, "2 h 5 min")]
    public void Times_are_in_words(double seconds, string words) => Assert.Equal(words, Figures.Duration(TimeSpan.FromSeconds(seconds)));

    private sealed class HandClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(double seconds) => _now += (long)(seconds * TimestampFrequency);
    }
}
