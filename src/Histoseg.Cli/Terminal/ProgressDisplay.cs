using Spectre.Console;

namespace Histoseg.Cli.Terminal;

/// <summary>Runs a job with its progress shown: a bar where there is a terminal, a plain line now and then where there is none.</summary>
internal static class ProgressDisplay
{
    /// <summary>Runs the job and returns its result.</summary>
    /// <param name="session">Where progress goes.</param>
    /// <param name="title">What is being done, one word.</param>
    /// <param name="work">The job.</param>
    public static T Run<T>(Session session, string title, Func<IProgressDisplay, T> work)
    {
        if (!session.Interactive)
        {
            var lines = new ProgressLines(session.Error, title, TimeProvider.System);
            var plain = work(lines);
            lines.End();
            return plain;
        }
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new TerminalOutput(session.Terminal!) });
        var columns = new ProgressColumns(terminal.Profile.Width);
        var left = new TimeLeft(TimeProvider.System);
        return terminal.Progress()
            .AutoClear(false)
            .Columns(columns.Of())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                var result = work(new Bar(terminal, task, title, columns, left));
                task.Value = 1;
                return result;
            });
    }

    private sealed class Bar(IAnsiConsole terminal, ProgressTask task, string title, ProgressColumns columns, TimeLeft left) : IProgressDisplay
    {
        private readonly Lock _lock = new();

        public void Show(double share, string status)
        {
            lock (_lock)
            {
                columns.Left = left.At(share);
                task.Value = Math.Clamp(share, 0, 1);
                task.Description = Markup.Escape(columns.Fitted(Visible.Line(status.Length == 0 ? title : $"{title}  {status}")));
            }
        }

        public void Skip(double share, string status)
        {
            lock (_lock)
            {
                left.Begin(share);
                Show(share, status);
            }
        }

        public void Note(string line) => terminal.MarkupLineInterpolated($"{Visible.Line(line)}");
    }
}
