namespace Histoseg.Slides.Sampling;

/// <summary>
/// Draws patches with a set share of positives. A draw is a pure function of (seed, iteration, index): to resume a run nothing but the iteration is needed.
/// </summary>
/// <remarks>
/// A positive patch: a foreground class is drawn uniformly among those the dataset has, then a patch that shows it. A negative: a patch of the grid without
/// foreground. Its place is then moved by up to half a stride; a positive keeps the point it was listed for, a negative may by this catch some foreground
/// at its rim. Where there are no positives (or no negatives) all draws are of the other kind.
/// </remarks>
internal sealed class PatchSampler
{
    private readonly SlideDataset _dataset;
    private readonly ulong _seed;
    private readonly double _positiveShare;

    /// <summary>A sampler of a dataset.</summary>
    /// <param name="dataset">Where patches come from.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="positiveShare">Share of draws that show a foreground class, 0…1.</param>
    public PatchSampler(SlideDataset dataset, ulong seed, double positiveShare)
    {
        if (!(positiveShare is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(positiveShare), positiveShare, "a share is 0…1");
        (_dataset, _seed) = (dataset, seed);
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
        var view = _dataset.Slides[patch.Slide].View;
        var x = Move(patch.X, patch.AnchorX, view.Width, positive, ref random);
        var y = Move(patch.Y, patch.AnchorY, view.Height, positive, ref random);
        return new PatchRequest(patch.Slide, x, y, positive, random.NextBits());
    }

    private int Move(int origin, int anchor, int length, bool keepAnchor, ref CounterRandom random)
    {
        var (size, stride) = (_dataset.Grid.PatchSize, _dataset.Grid.Stride);
        var moved = origin - stride / 2 + random.Below(stride + 1);
        if (keepAnchor) moved = Math.Clamp(moved, anchor - size + 1, anchor);
        return Math.Clamp(moved, 0, Math.Max(0, length - size));
    }
}
