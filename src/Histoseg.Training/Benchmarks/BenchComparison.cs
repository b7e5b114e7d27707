using Histoseg.Training.Config;

namespace Histoseg.Training.Benchmarks;

/// <summary>A time that was measured twice.</summary>
/// <param name="What">Whose.</param>
/// <param name="Before">Seconds then.</param>
/// <param name="Now">Seconds now.</param>
internal sealed record BenchChange(string What, double Before, double Now);

/// <summary>Two results of <c>engine bench</c> beside each other.</summary>
internal static class BenchComparison
{
    /// <summary>Why a config's times cannot be compared with an earlier result; null: they can.</summary>
    public static string? WhyNot(BenchResult before, TrainConfig config) =>
        before.Network.ToJson() != config.Network.ToJson() ? $"it is of another network ({before.Network.Name}, {before.Network.KeysInWords()})"
        : before.PatchSize != config.Data.PatchSize ? $"it is of patches of {before.PatchSize}², not {config.Data.PatchSize}²"
        : before.Inference.Patches != config.Inference.BatchSize ? $"its inference pass has {Figures.Count(before.Inference.Patches, "patch", "patches")}"
        : before.Training.Patches != config.Training.BatchSize ? $"its training step has {Figures.Count(before.Training.Patches, "patch", "patches")}"
        : null;

    /// <summary>The passes, the slide if it is the same, and the operations that changed most.</summary>
    /// <param name="before">Then.</param>
    /// <param name="now">Now.</param>
    /// <param name="top">Most operations of each pass.</param>
    public static IReadOnlyList<BenchChange> Of(BenchResult before, BenchResult now, int top) =>
    [
        new("inference pass", before.Inference.Seconds, now.Inference.Seconds),
        new("training step", before.Training.Seconds, now.Training.Seconds),
        .. before.Slide with { Seconds = now.Slide.Seconds } == now.Slide
            ? new[] { new BenchChange($"slide {now.Slide.Name}", before.Slide.Seconds, now.Slide.Seconds) } : [],
        .. Operations("inference", before.Inference, now.Inference, top),
        .. Operations("training", before.Training, now.Training, top),
    ];

    // A layer can record an operation more than once, and another version of the engine other operations.
    private static IEnumerable<BenchChange> Operations(string pass, BenchedPass before, BenchedPass now, int top)
    {
        var then = Numbered(before).ToDictionary(pair => pair.Key, pair => pair.Seconds);
        return Numbered(now).Where(pair => then.ContainsKey(pair.Key))
            .Select(pair => new BenchChange($"{pass}: {pair.Key}", then[pair.Key], pair.Seconds))
            .OrderByDescending(change => Math.Abs(change.Now - change.Before)).Take(top);
    }

    private static IEnumerable<(string Key, double Seconds)> Numbered(BenchedPass pass) =>
        from same in pass.Operations.GroupBy(one => $"{one.Operation} {one.Layer} {one.Output}")
        from one in same.Select((operation, i) => (same.Key + (i == 0 ? "" : $" {i + 1}"), operation.Seconds))
        select one;
}
