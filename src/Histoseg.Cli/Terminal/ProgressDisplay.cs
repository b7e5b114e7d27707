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
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(session.Error) });
        return terminal.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                var task = context.AddTask(Markup.Escape(title), maxValue: 1);
                var result = work(new Bar(terminal, task, title));
                task.Value = 1;
                return result;
            });
    }

    private sealed class Bar(IAnsiConsole terminal, ProgressTask task, string title) : IProgressDisplay
    {
        public void Show(double share, string status)
        {
            task.Value = Math.Clamp(share, 0, 1);
            task.Description = Markup.Escape(status.Length == 0 ? title : $"{title}  {status}");
        }

        public void Note(string line) => terminal.MarkupLineInterpolated($"{line}");
    }
}
