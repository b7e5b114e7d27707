using System.Runtime.InteropServices;
using Histoseg.Slides.Annotations;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>Scores annotated regions by size while truth and prediction come row by row; see <see cref="RegionScore"/> for what is counted.</summary>
internal sealed class RegionScorer(int classes, long sizeLimit)
{
    private readonly ConnectedRuns _truth = new(), _predicted = new();
    private readonly List<byte> _truthLabel = [], _predictedLabel = []; // by id
    private readonly List<long> _truthArea = [], _truthCounted = [], _predictedArea = [];
    private readonly Dictionary<(int Predicted, int Truth), long> _overlap = [];
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
        foreach (var run in _truth.Runs)
        {
            Extend(_truthLabel, run.Id, run.Label);
            Extend(_truthCounted, run.Id, 0L);
            Extend(_truthArea, run.Id, 0L);
            _truthArea[run.Id] += run.End - run.Start;
            _truthCounted[run.Id] += run.End - run.Start - prediction[run.Start..run.End].Count(ClassMap.Ignore);
        }
        foreach (var run in _predicted.Runs)
        {
            Extend(_predictedLabel, run.Id, run.Label);
            Extend(_predictedArea, run.Id, 0L);
            _predictedArea[run.Id] += run.End - run.Start;
        }

        var truths = _truth.Runs;
        var first = 0;
        foreach (var run in _predicted.Runs)
        {
            while (first < truths.Length && truths[first].End <= run.Start)
                first++;
            for (var i = first; i < truths.Length && truths[i].Start < run.End; i++)
                if (truths[i].Label == run.Label)
                    CollectionsMarshal.GetValueRefOrAddDefault(_overlap, (run.Id, truths[i].Id), out _) += Math.Min(run.End, truths[i].End) - Math.Max(run.Start, truths[i].Start);
        }
    }

    /// <summary>The scores of all classes but 0, XS and XL in turn, once all rows are in.</summary>
    public IReadOnlyList<RegionScore> Scores()
    {
        var area = Sum(_truth, _truthArea);
        var counted = Sum(_truth, _truthCounted);
        var predictedArea = Sum(_predicted, _predictedArea);
        var overlap = _overlap.GroupBy(pair => (_predicted.Find(pair.Key.Predicted), Truth: _truth.Find(pair.Key.Truth)))
            .Select(group => (Predicted: group.Key.Item1, group.Key.Truth, Pixels: group.Sum(pair => pair.Value))).ToList();
        var found = overlap.Select(pair => pair.Truth).ToHashSet();
        RegionSize SizeOf(int truth) => area[truth] < sizeLimit ? RegionSize.XS : RegionSize.XL;

        var predicted = new Dictionary<(int Label, RegionSize Size), long>();
        var intersection = new Dictionary<(int Label, RegionSize Size), long>();
        foreach (var touched in overlap.GroupBy(pair => pair.Predicted))
        {
            var label = _predictedLabel[touched.Key];
            var bySize = touched.GroupBy(pair => SizeOf(pair.Truth)).ToDictionary(group => group.Key, group => group.Sum(pair => pair.Pixels));
            var elsewhere = predictedArea[touched.Key] - bySize.Values.Sum();
            foreach (var (size, pixels) in bySize)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(predicted, (label, size), out _) += pixels + elsewhere;
                CollectionsMarshal.GetValueRefOrAddDefault(intersection, (label, size), out _) += pixels;
            }
        }

        var scores = new List<RegionScore>();
        var regions = area.Keys.ToLookup(id => (Label: (int)_truthLabel[id], Size: SizeOf(id)));
        for (var label = 1; label < classes; label++)
            foreach (var size in Enum.GetValues<RegionSize>())
            {
                var members = regions[(label, size)].ToList();
                scores.Add(new(label, size, members.Count, members.Count(found.Contains), members.Sum(id => counted[id]),
                    predicted.GetValueOrDefault((label, size)), intersection.GetValueOrDefault((label, size))));
            }
        return scores;
    }

    private static void Extend<T>(List<T> list, int id, T value)
    {
        if (id == list.Count)
            list.Add(value);
    }

    private static Dictionary<int, long> Sum(ConnectedRuns regions, List<long> byId)
    {
        var sums = new Dictionary<int, long>();
        for (var id = 0; id < byId.Count; id++)
            CollectionsMarshal.GetValueRefOrAddDefault(sums, regions.Find(id), out _) += byId[id];
        return sums;
    }
}
