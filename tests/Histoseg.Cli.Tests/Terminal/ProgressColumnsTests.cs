using System.Text.RegularExpressions;
using Histoseg.Cli.Terminal;
using Spectre.Console;

namespace Histoseg.Cli.Tests.Terminal;

/// <summary>Progress on a terminal takes one line, however narrow the terminal is.</summary>
public class ProgressColumnsTests
{
    [Theory]
    [InlineData(60, "training  1200/100000, loss 0.412, Dice 0.712, 9.3 patches/s", "training  1200/10000…0.712, 9.3 patches/s")]
    [InlineData(60, "training  3/80, loss 0.4", "training  3/80, loss 0.4")]
    [InlineData(100, "training  1200/100000, loss 0.412, Dice 0.712, 9.3 patches/s", "training  1200/100000, loss…2, Dice 0.712, 9.3 patches/s")]
    [InlineData(60, "segmenting  3/4 切片切片切片切片切片切片.svs, 9.3 patches/s", "segmenting  3/4 切片….svs, 9.3 patches/s")]
    public void A_long_status_is_cut_in_its_middle(int width, string status, string shown) => Assert.Equal(shown, new ProgressColumns(width).Fitted(status));

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(100)]
    [InlineData(200)]
    public void The_line_fits(int width)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(output),
        });
        terminal.Profile.Width = width;
        var columns = new ProgressColumns(width) { Left = TimeSpan.FromSeconds(86399) };
        terminal.Progress().AutoClear(false).AutoRefresh(false).Columns(columns.Of()).Start(context =>
        {
            context.AddTask(columns.Fitted("segmenting  17/1234 a slide with quite a long name of its own.svs, 123.4 patches/s"), maxValue: 1).Value = 0.5;
            context.Refresh();
        });
        var lines = Regex.Replace(output.ToString(), @"\x1b\[[0-9;?]*[A-Za-z]", "").Split('\n', '\r')
            .Select(line => line.TrimEnd()).Where(line => line.Length > 0).Distinct().ToList();
        var line = Assert.Single(lines);
        Assert.InRange(line.Length, 1, width);
        Assert.Contains("50%", line);
        Assert.EndsWith("23 h 59 min", line);
    }
}
