using System.Diagnostics;
using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Models;

namespace Histoseg.Training.Studies;

/// <summary>Measures how long networks take for a patch.</summary>
internal static class PatchTimes
{
    /// <summary>Side of the patch, the paper's.</summary>
    public const int Side = 512;

    private const int WarmUps = 2, Rounds = 7;

    /// <summary>Times every network once per round, so that whatever else the machine does meets all of them.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="runs">A run of each network, by name and folder.</param>
    /// <param name="progress">Told which network is being prepared or timed.</param>
    /// <param name="cancel">Stops between patches.</param>
    /// <returns>Median milliseconds per patch of each run.</returns>
    public static IReadOnlyList<double> Measure(Backend backend, IReadOnlyList<(string Name, string Folder)> runs, Action<string> progress,
        CancellationToken cancel)
    {
        var rgb = new byte[Side * Side * 3];
        new Random(1).NextBytes(rgb);
        var segmenters = new List<PatchSegmenter>();
        try
        {
            foreach (var (name, folder) in runs)
            {
                progress(name);
                var (description, weights) = ModelFolder.Load(Path.Combine(folder, "model"));
                segmenters.Add(new PatchSegmenter(backend, description.CreateNetwork(), Side, 1, description.Normalisation));
                segmenters[^1].Load(weights, folder);
            }
            var times = runs.Select(_ => new List<double>()).ToArray();
            for (var round = -WarmUps; round < Rounds; round++)
            {
                for (var i = 0; i < segmenters.Count; i++)
                {
                    cancel.ThrowIfCancellationRequested();
                    progress(runs[i].Name);
                    var probabilities = new float[Side * Side * segmenters[i].Classes];
                    var clock = Stopwatch.GetTimestamp();
                    segmenters[i].Segment(rgb, 1, probabilities);
                    if (round >= 0)
                        times[i].Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
                }
            }
            return [.. times.Select(rounds => rounds.Order().ElementAt(Rounds / 2))];
        }
        finally
        {
            foreach (var segmenter in segmenters)
                segmenter.Dispose();
        }
    }
}
