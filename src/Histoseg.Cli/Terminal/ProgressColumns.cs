using Spectre.Console;
using Spectre.Console.Rendering;

namespace Histoseg.Cli.Terminal;

/// <summary>What the line of progress on a terminal holds, so that it fits one line: status, bar where there is room, per cent, time left.</summary>
/// <param name="width">Columns of the terminal.</param>
internal sealed class ProgressColumns(int width)
{
    private const int PerCent = 4, Time = 12, Gap = 1, Narrow = 100, BarWidth = 24;

    private bool HasBar => width >= Narrow;

    /// <summary>Columns the status may take.</summary>
    public int StatusWidth { get; } = Math.Max(8, width - (width >= Narrow ? BarWidth + Gap : 0) - PerCent - Time - 3 * Gap);

    /// <summary>The time left, shown from now on; null: it is not known.</summary>
    public TimeSpan? Left { get; set; }

    /// <summary>The columns.</summary>
    public ProgressColumn[] Of() =>
        [
            new TaskDescriptionColumn { Alignment = Justify.Left },
            .. HasBar ? [new ProgressBarColumn { Width = BarWidth }] : Array.Empty<ProgressColumn>(),
            new PercentageColumn(),
            new TimeColumn(this),
        ];

    /// <summary>The status cut in its middle, where it is too long: both the work at hand and the figures at its end stay in sight.</summary>
    public string Fitted(string status)
    {
        if (Columns(status) <= StatusWidth)
            return status;
        int head = 0, tail = status.Length;
        while (Columns(status[(tail - 1)..]) <= StatusWidth / 2)
            tail--;
        while (Columns(status[..(head + 1)]) + 1 + Columns(status[tail..]) <= StatusWidth)
            head++;
        // No half of a pair of surrogates is left over.
        head -= head > 0 && char.IsHighSurrogate(status[head - 1]) ? 1 : 0;
        tail += tail < status.Length && char.IsLowSurrogate(status[tail]) ? 1 : 0;
        return $"{status[..head]}…{status[tail..]}";
    }

    // Scripts of wide letters begin there.
    private static int Columns(string text) => text.Sum(letter => letter >= '\u1100' ? 2 : 1);

    private sealed class TimeColumn(ProgressColumns columns) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(columns.Left is { } left ? Figures.Duration(left) : "", Color.Blue);

        public override int? GetColumnWidth(RenderOptions options) => Time;
    }
}
