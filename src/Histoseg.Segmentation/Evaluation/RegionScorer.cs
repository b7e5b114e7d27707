using System.Runtime.InteropServices;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Regions;
using ScoredRegion = Histoseg.Slides.Regions.ConnectedRegion<Histoseg.Segmentation.Evaluation.CountedPixels>;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>Scores annotated regions by size while truth and prediction come row by row; see <see cref="RegionScore"/> for what is counted.</summary>
internal sealed class RegionScorer(int classes, long sizeLimit)
{
    private readonly RegionFinder<CountedPixels> _truth = NewFinder(), _predicted = NewFinder();
    private readonly List<ScoredRegion> _truths = [], _predictions = []; // all that were begun, by number
    private readonly Dictionary<(int Predicted, int Truth), long> _overlap = []; // by number
    private byte[] _maskedPrediction = [];

    /// <summary>Takes the next row.</summary>
    public void Add(ReadOnlySpan<byte> truth, ReadOnlySpan<byte> prediction)
    {
        if (_maskedPrediction.Length != prediction.Length)
            _maskedPrediction = new byte[prediction.Length];
        for (var x = 0; x < prediction.Length; x++)
            _maskedPrediction[x] = truth[x] == ClassMap.Ignore ? ClassMap.Ignore : prediction[x];

        _truth.Add(truth);
        _predicted.Add(_maskedPrediction);
        Collect(_truth.Runs, _truths);
        Collect(_predicted.Runs, _predictions);
        foreach (var run in _truth.Runs)
            if (run.Region is { } region)
                region.Root().Data.Pixels += run.End - run.Start - prediction[run.Start..run.End].Count(ClassMap.Ignore);

        OverlappingRuns.Of(_truth.Runs, _predicted.Runs, (region, prediction, pixels) =>
            CollectionsMarshal.GetValueRefOrAddDefault(_overlap, ((int)prediction.Number, (int)region.Number), out _) += pixels);
    }

    /// <summary>The scores of all classes but 0, XS and XL in turn, once all rows are in.</summary>
    public IReadOnlyList<RegionScore> Scores()
    {
        RegionSize SizeOf(ScoredRegion truth) => truth.Area < sizeLimit ? RegionSize.XS : RegionSize.XL;

        var found = new HashSet<long>();
        var touched = new Dictionary<(long Predicted, RegionSize Size), long>(); // pixels that a predicted region shares with annotated ones of a size
        foreach (var ((prediction, truth), pixels) in _overlap)
        {
            var region = _truths[truth].Root();
            found.Add(region.Number);
            CollectionsMarshal.GetValueRefOrAddDefault(touched, (_predictions[prediction].Root().Number, SizeOf(region)), out _) += pixels;
        }

        var predicted = new Dictionary<(int Label, RegionSize Size), long>();
        var intersection = new Dictionary<(int Label, RegionSize Size), long>();
        foreach (var ((prediction, size), pixels) in touched)
        {
            var region = _predictions[(int)prediction];
            var other = size == RegionSize.XS ? RegionSize.XL : RegionSize.XS;
            CollectionsMarshal.GetValueRefOrAddDefault(predicted, (region.Label, size), out _) += region.Area - touched.GetValueOrDefault((prediction, other));
            CollectionsMarshal.GetValueRefOrAddDefault(intersection, (region.Label, size), out _) += pixels;
        }

        var scores = new List<RegionScore>();
        var regions = _truths.Where(region => region.IsRoot).ToLookup(region => (region.Label, Size: SizeOf(region)));
        for (var label = 1; label < classes; label++)
            foreach (var size in Enum.GetValues<RegionSize>())
            {
                var members = regions[(label, size)].ToList();
                scores.Add(new(label, size, members.Count, members.Count(region => found.Contains(region.Number)), members.Sum(region => region.Data.Pixels),
                    predicted.GetValueOrDefault((label, size)), intersection.GetValueOrDefault((label, size))));
            }
        return scores;
    }

    private static RegionFinder<CountedPixels> NewFinder() => new(byCorners: true, label => label is not 0 and not ClassMap.Ignore);

    private static void Collect(ReadOnlySpan<RegionRun<CountedPixels>> runs, List<ScoredRegion> begun)
    {
        foreach (var run in runs)
            if (run.Region is { } region && region.Number == begun.Count)
                begun.Add(region);
    }
}
