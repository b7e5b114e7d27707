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
        Assert.Equal("train: 25 %, loss 0.5, 55 s left\nvalidated\ntrain: 50 %, c\n", output.ToString());
    }

    [Fact]
    public void What_was_done_before_took_no_time_here()
    {
        using var output = new StringWriter { NewLine = "\n" };
        var clock = new HandClock();
        var lines = new ProgressLines(output, "train", clock);
        clock.Advance(3);
        lines.Show(0.8, "resumed"); // 20 % are left and
        clock.Advance(20);
        lines.Show(0.85, "a"); // 5 % took 20 s
        lines.Skip(0.9, "skipped");
        clock.Advance(30);
        lines.Show(0.95, "b");
        Assert.Equal("train: 85 %, a, 1 min 0 s left\ntrain: 95 %, b, 30 s left\n", output.ToString());
    }

    [Fact]
    public void A_name_cannot_steer_the_terminal_or_begin_a_line_of_its_own()
    {
        using var output = new StringWriter { NewLine = "\n" };
        new ProgressLines(output, "segmenting", new HandClock()).Note("engine: a\u001b[2J\nengine: all well.tif: broken");
        Assert.Equal("engine: a\\x1b[2J\\nengine: all well.tif: broken\n", output.ToString());
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
