using System.Runtime.InteropServices;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Regions;
using ObjectRegion = Histoseg.Slides.Regions.ConnectedRegion<Histoseg.Segmentation.Evaluation.Objects.ObjectRuns>;

namespace Histoseg.Segmentation.Evaluation.Objects;

/// <summary>Scores a slide's objects while truth and prediction come row by row; see <see cref="ObjectScore"/> for what is counted.</summary>
/// <remarks>Of the objects their runs are held, so memory grows with their number and height, and not with their area.</remarks>
/// <param name="classes">Number of classes, background included.</param>
/// <param name="micronsPerPixel">µm per pixel of the label map; null: not known.</param>
/// <param name="cancellation">Stops.</param>
internal sealed class ObjectScorer(int classes, double? micronsPerPixel = null, CancellationToken cancellation = default)
{
    private readonly ObjectFinder _truth = new(), _predicted = new();
    private readonly Dictionary<(ObjectRegion Truth, ObjectRegion Predicted), long> _overlap = []; // of parts that may yet be joined
    private byte[] _maskedTruth = [], _maskedPrediction = [];

    /// <summary>Takes the next row.</summary>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> prediction)
    {
        if (_maskedTruth.Length != truth.Length)
            (_maskedTruth, _maskedPrediction) = (new byte[truth.Length], new byte[truth.Length]);
        for (var x = 0; x < truth.Length; x++)
        {
            var counts = truth[x] != ClassMap.Ignore && prediction[x] != ClassMap.Ignore;
            (_maskedTruth[x], _maskedPrediction[x]) = counts ? (truth[x], prediction[x]) : (ClassMap.Ignore, ClassMap.Ignore);
        }
        _truth.Add(_maskedTruth);
        _predicted.Add(_maskedPrediction);
        AddOverlap();
    }

    /// <summary>The scores of all classes but 0, once all rows are in.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<ObjectScore> Scores()
    {
        var (truth, predicted) = (_truth.Objects(), _predicted.Objects());
        Match();
        var truthOf = truth.ToLookup(found => found.Label);
        var predictedOf = predicted.ToLookup(found => found.Label);
        return [.. Enumerable.Range(1, classes - 1).Select(label => Score(label, [.. truthOf[label]], [.. predictedOf[label]]))];
    }

    private void AddOverlap() => OverlappingRuns.Of(_truth.Runs, _predicted.Runs, (truth, predicted, pixels) =>
        CollectionsMarshal.GetValueRefOrAddDefault(_overlap, (truth, predicted), out _) += pixels);

    private void Match()
    {
        var whole = new Dictionary<(SlideObject Truth, SlideObject Predicted), long>();
        foreach (var ((truth, predicted), pixels) in _overlap)
            CollectionsMarshal.GetValueRefOrAddDefault(whole, (truth.Root().Data.Whole!, predicted.Root().Data.Whole!), out _) += pixels;
        foreach (var ((truth, predicted), pixels) in whole)
        {
            truth.Offer(predicted, pixels);
            predicted.Offer(truth, pixels);
        }
    }

    private ObjectScore Score(int label, List<SlideObject> truth, List<SlideObject> predicted)
    {
        Measure(truth, predicted);
        Measure(predicted, truth);
        // Never two of one annotated object: they would be its halves, and so touch and be one.
        var found = predicted.Count(one => one.Match is { } match && 2 * one.Overlap >= match.Area);
        return new(label, found, ObjectSide.Of(truth, micronsPerPixel), ObjectSide.Of(predicted, micronsPerPixel));
    }

    private void Measure(List<SlideObject> objects, List<SlideObject> others)
    {
        if (others.Count == 0)
            return;
        var least = new LeastDistance(others.Select(other => other.Pixels));
        foreach (var one in objects)
        {
            cancellation.ThrowIfCancellationRequested();
            one.Distance = one.Match switch
            {
                null => Math.Sqrt(least.SquareFrom(one.Pixels)),
                { Distance: { } known } match when match.Match == one => known,
                var match => Math.Sqrt(Hausdorff.Square(one.Pixels, match.Pixels)),
            };
        }
    }
}
