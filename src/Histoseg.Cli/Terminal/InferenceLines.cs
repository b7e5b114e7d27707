using System.Globalization;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Terminal;

/// <summary>Tells a run of <c>engine infer</c> in lines for people.</summary>
internal sealed class InferenceLines(IProgressDisplay progress) : IInferenceDisplay
{
    private int _slide;

    /// <inheritdoc/>
    public void Begin(RunStart start)
    {
        if (start.Shard is { } shard)
            progress.Note($"engine: shard {shard}{(shard.Source is null ? "" : $", told by {shard.Source},")} has {Figures.Number(start.Slides)} of "
                + Figures.The(start.OfSlides, "slide") + (shard.Source is null ? "" : "; --shard 1/1 takes all"));
    }

    /// <inheritdoc/>
    public void Report(InferenceProgress state)
    {
        if (state.Outcome is { } outcome && SlideLine.Of(outcome) is { } line)
            progress.Note(line);
        foreach (var note in state.Outcome?.Notes ?? [])
            progress.Note($"engine: {note}");
        // A slide's files may be put in place while the next is at work.
        if (state.Outcome is not null && state.Slide < _slide)
            return;
        _slide = state.Slide;
        var done = state.Outcome is null ? state.Slide - 1 + state.Share : state.Slide;
        var at = state.Path.Length == 0 ? "waiting for other programs"
            : string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(state.Path)}, {state.PatchesPerSecond:0.0} patches/s");
        var status = $"{Figures.Number(state.Slide)}/{Figures.Number(state.Slides)} {at}";
        if (state.Outcome is { Status: SlideStatus.Skipped } or { FailedBefore: true })
            progress.Skip(done / state.Slides, status);
        else
            progress.Show(done / state.Slides, status);
    }

    /// <inheritdoc/>
    public void Note(string line) => progress.Note(line);
}
