namespace Histoseg.Slides.Sampling;

/// <summary>
/// Draws patches with a set share of positives. A draw is a pure function of (seed, iteration, index), and of <see cref="SlideLosses"/> where hard slides are
/// to come more often.
/// </summary>
/// <remarks>
/// A positive patch: a foreground class is drawn uniformly among those the dataset has, then a patch that shows it. A negative: a patch of the grid without
/// foreground. Its place is then moved by up to half a stride; a positive keeps the point it was listed for, a negative may by this catch some foreground
/// at its rim. Where there are no positives (or no negatives) all draws are of the other kind. Of hard draws several patches are drawn in this way, and the
/// one is taken whose slide has the highest loss; so no slide comes more often than <see cref="Candidates"/> times as often as it would.
/// </remarks>
internal sealed class PatchSampler
{
    /// <summary>Patches that a hard one is chosen from.</summary>
    public const int Candidates = 4;

    private readonly SlideDataset _dataset;
    private readonly ulong _seed;
    private readonly double _positiveShare, _hardShare;
    private readonly SlideLosses? _losses;

    /// <summary>A sampler of a dataset.</summary>
    /// <param name="dataset">Where patches come from.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="positiveShare">Share of draws that show a foreground class, 0…1.</param>
    /// <param name="hardShare">Share of draws that are hard, 0…1.</param>
    /// <param name="losses">What tells which slides are hard; null: no draw is a hard one.</param>
    public PatchSampler(SlideDataset dataset, ulong seed, double positiveShare, double hardShare = 0, SlideLosses? losses = null)
    {
        if (!(positiveShare is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(positiveShare), positiveShare, "a share is 0…1");
        (_dataset, _seed, _hardShare, _losses) = (dataset, seed, hardShare, hardShare > 0 ? losses : null);
        _positiveShare = dataset.ForegroundClasses.Count == 0 ? 0 : dataset.PatchesOf(0).IsEmpty ? 1 : positiveShare;
    }

    /// <summary>The share of positives really drawn: as set, or 0 or 1 where the dataset has only one kind.</summary>
    public double PositiveShare => _positiveShare;

    /// <summary>Draws a patch.</summary>
    /// <param name="iteration">The training step.</param>
    /// <param name="index">Place in that step's batch.</param>
    public PatchRequest Draw(long iteration, int index)
    {
        var random = new CounterRandom(_seed, (ulong)iteration, (ulong)index);
        var positive = random.Chance(_positiveShare);
        var classes = _dataset.ForegroundClasses;
        var patches = _dataset.PatchesOf(positive ? classes[random.Below(classes.Count)] : 0);
        var patch = patches[random.Below(patches.Length)];
        if (_losses is not null && random.Chance(_hardShare))
            patch = Harder(patch, patches, iteration, ref random);
        var view = _dataset.Slides[patch.Slide].View;
        var x = Move(patch.X, patch.AnchorX, view.Width, positive, ref random);
        var y = Move(patch.Y, patch.AnchorY, view.Height, positive, ref random);
        return new PatchRequest(patch.Slide, x, y, positive, random.NextBits());
    }

    private GridPatch Harder(GridPatch hardest, ReadOnlySpan<GridPatch> patches, long iteration, ref CounterRandom random)
    {
        for (var drawn = 1; drawn < Candidates; drawn++)
        {
            var other = patches[random.Below(patches.Length)];
            if (_losses!.Of(other.Slide, iteration) > _losses.Of(hardest.Slide, iteration))
                hardest = other;
        }
        return hardest;
    }

    private int Move(int origin, int anchor, int length, bool keepAnchor, ref CounterRandom random)
    {
        var (size, stride) = (_dataset.Grid.PatchSize, _dataset.Grid.Stride);
        var moved = origin - stride / 2 + random.Below(stride + 1);
        if (keepAnchor) moved = Math.Clamp(moved, anchor - size + 1, anchor);
        return Math.Clamp(moved, 0, Math.Max(0, length - size));
    }
}
