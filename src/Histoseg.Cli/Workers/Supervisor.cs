using Histoseg.Cli.Terminal;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Workers;

/// <summary>
/// Has slides segmented by a process of its own. Where that crashes, or gets nowhere, the slide it was at has failed and another process goes on with
/// the rest: nothing that a damaged file does to a native library ends the batch. Where it was at several, none has failed yet: the other process takes one
/// at a time.
/// </summary>
/// <param name="command">Starts a worker.</param>
/// <param name="patience">How long nothing may come of a slide; <see cref="Timeout.InfiniteTimeSpan"/>: for ever.</param>
/// <param name="display">Told what the worker tells, and the lines it writes for the user.</param>
/// <param name="showsAll">Whether these are also those of libraries, which do not begin as the program's do.</param>
internal sealed class Supervisor(IReadOnlyList<string> command, TimeSpan patience, IInferenceDisplay display, bool showsAll = false)
{
    private const string Own = "engine: ";
    private const int Signal = 128, Killed = Signal + 9;

    // Exit codes of a program that ended by itself, and of one that was asked to: by loss of the terminal, Ctrl-C, a batch system, the termination signal.
    private static readonly int[] _orderly = [ExitCode.Success, ExitCode.Failed, ExitCode.BadUsage, ExitCode.SomeSlidesFailed,
        Signal + 1, Signal + 2, Signal + 10, Signal + 15];

    private readonly HashSet<string> _said = [];

    /// <summary>Does it.</summary>
    /// <param name="cancel">Asks the worker to stop where the work can be taken up again.</param>
    /// <exception cref="WorkerEnded">The worker could not begin, and has said why.</exception>
    /// <exception cref="UserError">It crashed before it came to a slide.</exception>
    public BatchInferenceResult Run(CancellationToken cancel)
    {
        var started = DateTime.UtcNow;
        var settled = new List<SlideOutcome>();
        var (slides, oneAtATime) = (0, false);
        for (string? metadata = null; ;)
        {
            var isFirst = metadata is null;
            using var worker = new WorkerProcess(command, isFirst ? null : new(started, metadata!, settled, oneAtATime), said => Say(said, isFirst));
            using var stop = cancel.Register(worker.Stop);
            InferenceProgress? at = null;
            var (isGivenUp, beside) = (false, 0);
            while (!worker.IsOver)
            {
                if (worker.Next(at is null ? Timeout.InfiniteTimeSpan : patience) is not { } message)
                {
                    if (worker.IsOver)
                        break;
                    isGivenUp = true;
                    worker.Kill();
                    worker.Wait();
                    break;
                }
                if (message.Start is { } start)
                {
                    if (isFirst)
                        display.Begin(start);
                    (metadata, slides) = (start.MetadataPath, start.Slides);
                }
                if (message.LookingAt is { } looked)
                    at = new(settled.Count + 1, slides, looked, 0, 0, null);
                beside = message.Beside ?? beside;
                if (message.Result is { } result)
                {
                    worker.Wait();
                    return result;
                }
                if (message.Progress is not { } state)
                    continue;
                if (state.Outcome is not { } outcome)
                    at = state.Path.Length > 0 ? state : null;
                else
                {
                    settled.Add(outcome);
                    at = at?.Path == state.Path ? null : at;
                }
                display.Report(state);
            }
            var code = worker.Wait();
            if (!isGivenUp && _orderly.Contains(code))
                throw new WorkerEnded(code);
            cancel.ThrowIfCancellationRequested();
            oneAtATime = beside > 0 && metadata is not null;
            if (oneAtATime)
            {
                display.Note($"{Own}{(isGivenUp ? $"nothing came for {Figures.Duration(patience)}" : $"the program {Reason(code)}")} while it was at several "
                    + "slides; it goes on with one at a time");
                continue;
            }
            if (at is not { } crashed || metadata is null)
                throw new UserError($"the program {Reason(code)} while it was at no slide; the same command goes on with the slides that are left");
            var failed = new SlideOutcome(crashed.Path, Path.GetFileNameWithoutExtension(crashed.Path), SlideStatus.Failed, isGivenUp
                ? $"{crashed.Path}: nothing came of it for {Figures.Duration(patience)}, so it was given up; "
                    + "the file may be damaged, or needs longer (--slide-timeout)"
                : $"{crashed.Path}: the program {Reason(code)} at work on it; "
                    + (code == Killed ? "use a smaller batch or patch size, or close other programs"
                        : "the file may be damaged: fetch it again, else report it"))
            { Code = isGivenUp ? FailureCode.TimedOut : FailureCode.Crashed };
            settled.Add(failed);
            display.Report(crashed with { Share = 1, Outcome = failed });
        }
    }

    private void Say(string said, bool isFirst)
    {
        // A worker that goes on says again what the first one said when it began.
        if ((showsAll || said.StartsWith(Own, StringComparison.Ordinal)) && (_said.Add(said) || isFirst))
            display.Note(said);
    }

    private static string Reason(int code) =>
        code == Killed ? "was killed by the system, as happens when memory runs out,"
        : code > Signal && !OperatingSystem.IsWindows() ? FormattableString.Invariant($"crashed (signal {code - Signal})")
        : FormattableString.Invariant($"crashed (code 0x{code:X8})");
}
