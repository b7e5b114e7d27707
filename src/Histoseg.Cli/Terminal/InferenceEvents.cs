using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Terminal;

/// <summary>Tells a run of <c>engine infer</c> in events for programs; docs/workflows.md has their keys.</summary>
internal sealed class InferenceEvents(JsonLog log, TimeProvider clock) : IInferenceDisplay
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private string? _at;
    private long? _told;

    /// <inheritdoc/>
    public void Begin(RunStart start) => log.Tell("run_started", new
    {
        Host = Environment.MachineName,
        Process = Environment.ProcessId,
        start.Slides,
        start.OfSlides,
        Shard = start.Shard?.ToString(),
        ShardSource = start.Shard?.Source,
        Metadata = start.MetadataPath,
    });

    /// <inheritdoc/>
    public void Report(InferenceProgress state)
    {
        if (state.Path.Length == 0)
            return; // it waits, which a message has told
        if (state.Outcome is { } outcome)
        {
            // It may have been put in place while the next is at work.
            _at = _at == state.Path ? null : _at;
            End(state, outcome);
            return;
        }
        if (_at != state.Path)
        {
            (_at, _told) = (state.Path, null);
            log.Tell("slide_started", new { Slide = state.Path, Number = state.Slide, state.Slides });
        }
        if (state.Share <= 0 || _told is { } told && clock.GetElapsedTime(told) < Interval)
            return;
        _told = clock.GetTimestamp();
        log.Tell("progress", new
        {
            Slide = state.Path,
            Share = Math.Round(state.Share, 4),
            RunShare = Math.Round((state.Slide - 1 + state.Share) / state.Slides, 4),
            PatchesPerSecond = Rounded(state.PatchesPerSecond),
        });
    }

    /// <inheritdoc/>
    public void Note(string line) => log.WriteLine(line);

    /// <summary>The run is over.</summary>
    /// <param name="log">Where it is told.</param>
    /// <param name="exitCode">With which the program ends.</param>
    /// <param name="result">What came of it; null: it came to nothing, and a message says why.</param>
    public static void Finish(JsonLog log, int exitCode, BatchInferenceResult? result)
    {
        var time = result is null ? null : RunTime.Of(result.Times);
        log.Tell("run_finished", new
        {
            ExitCode = exitCode,
            result?.Done,
            result?.Skipped,
            Failed = result?.Slides.Count(slide => slide.Status == SlideStatus.Failed),
            result?.FailedBefore,
            result?.WithErrors,
            result?.Cancelled,
            time?.ReadingSeconds,
            time?.NetworkSeconds,
            time?.WritingSeconds,
            time?.Limit,
            Metadata = result?.MetadataPath,
        });
    }

    /// <summary>A slide, or an input that leads to none, is not segmented.</summary>
    public static void Fail(JsonLog log, SlideOutcome outcome) => log.Tell("slide_failed", new
    {
        Slide = outcome.Path,
        Code = outcome.Code ?? FailureCode.Unexpected,
        outcome.Error,
        Tried = !outcome.FailedBefore,
    });

    private void End(InferenceProgress state, SlideOutcome outcome)
    {
        switch (outcome.Status)
        {
            case SlideStatus.Failed:
                Fail(log, outcome);
                break;
            case SlideStatus.Skipped:
                log.Tell("slide_skipped", new { Slide = outcome.Path, outcome.Code, outcome.Error });
                break;
            default:
                log.Tell("slide_done", new
                {
                    Slide = outcome.Path,
                    outcome.Name,
                    outcome.Outputs,
                    Seconds = Rounded(outcome.Seconds),
                    Patches = outcome.Segmentation?.SegmentedPatches,
                    PatchesPerSecond = Rounded(state.PatchesPerSecond),
                    outcome.AreasMm2,
                    outcome.Code,
                    outcome.Error,
                    Notes = outcome.Notes.Count == 0 ? null : outcome.Notes,
                });
                break;
        }
    }

    private static double Rounded(double value) => double.IsFinite(value) ? Math.Round(value, 3) : 0;
}
