namespace Histoseg.GpuCheck;

/// <summary>Timings of this engine and of PyTorch, those of one thing in several rounds taken together, and their ratios.</summary>
internal sealed class BenchResults
{
    /// <summary>Dense bf16 rate of the H100 and H200 (SXM) by their data sheets, TFLOP/s.</summary>
    private const double PeakTeraflops = 989;

    private const string Own = "histoseg", Torch = "pytorch";
    private const double LeastInference = 1.3, LeastTraining = 1.2, MostMemory = 0.7, LeastGicn = 2;

    private readonly List<Entry> _entries;
    private readonly double? _ceiling;

    /// <summary>Takes the timings out of all results.</summary>
    public BenchResults(IReadOnlyList<ResultLine> lines)
    {
        _ceiling = lines.Where(l => l.Kind == "ceiling").Select(l => l.Number("matrix_tflops")).LastOrDefault(rate => rate is not null);
        _entries = [.. lines.Where(l => l.Kind == "bench")
            .GroupBy(l => (What: l.Text("what"), Size: l.Text("side") + "/" + l.Text("channels"),
                Batch: (int)(l.Number("batch") ?? 0), Engine: l.Text("engine"), Variant: l.Text("variant")))
            .Select(g => new Entry(g.Key.What, g.Key.Size, g.Key.Batch, g.Key.Engine, g.Key.Variant,
                g.Select(l => l.Text("fault")).FirstOrDefault(f => f != ""),
                Median(g.Select(l => l.Number("ms"))), g.Max(l => l.Number("memory_mib")), g.Max(l => l.Number("device_mib")),
                g.Max(l => l.Number("gflop")), g.Count()))];
    }

    private sealed record Entry(string What, string Size, int Batch, string Engine, string Variant, string? Fault,
        double? Ms, double? Memory, double? Device, double? Gflop, int Rounds)
    {
        public bool IsCompiled => Engine == Torch && Variant.Contains("compile", StringComparison.Ordinal);
    }

    /// <summary>Head of the tables.</summary>
    public static string[] Header { get; } =
    [
        "batch", "engine", "ms", "rounds", "patches/s", "slower than ours", "memory MiB", "taken MiB", "TFLOP/s", $"of {PeakTeraflops:0}",
        "of the measured ceiling", "remark",
    ];

    /// <summary>What was timed.</summary>
    public IEnumerable<string> Whats => _entries.Select(e => e.What).Distinct();

    /// <summary>Of what size it was.</summary>
    public string Setting(string what) =>
        what.StartsWith("gicn", StringComparison.Ordinal) ? "1×7 and 7×1 convolution of one map" : "512×512, width 64, 2 classes";

    /// <summary>The rows of a table.</summary>
    public IEnumerable<string[]> Rows(string what) =>
        _entries.Where(e => e.What == what && (e.Ms is not null || e.Fault is not null))
        .OrderBy(e => e.Size, StringComparer.Ordinal).ThenBy(e => e.Batch).ThenBy(e => e.Engine, StringComparer.Ordinal)
        .Select(e =>
        {
            // The arithmetic is the network's, whoever does it.
            var rate = Alike(e).Select(o => o.Gflop).FirstOrDefault(g => g is not null) / e.Ms;
            return (string[])
            [
                what.StartsWith("gicn", StringComparison.Ordinal) ? $"{e.Batch}, {e.Size.Replace("/", " px, ")} ch" : $"{e.Batch}",
                $"{e.Engine}, {e.Variant}", Summary.Show(e.Ms, "0.000"), $"{e.Rounds}", Summary.Show(1e3 * e.Batch / e.Ms, "0.0"),
                e.Engine == Own || Ours(e) is { Fault: not null } ? "" : Summary.Show(e.Ms / Ours(e)?.Ms, "0.00") + " ×",
                Summary.Show(e.Memory, "0"), Summary.Show(e.Device, "0"),
                Summary.Show(rate, "0"), Summary.Show(100 * rate / PeakTeraflops, "0") + " %", Summary.Show(100 * rate / _ceiling, "0") + " %", e.Fault ?? "",
            ];
        });

    /// <summary>Each target beside what was measured.</summary>
    public IEnumerable<string[]> Targets()
    {
        foreach (var (what, wanted) in new[] { ("inference", LeastInference), ("training", LeastTraining) })
        {
            foreach (var ours in _entries.Where(e => e.What == what && e.Engine == Own && e.Ms is not null))
            {
                var best = Alike(ours).Where(e => e.IsCompiled && e.Ms is not null).MinBy(e => e.Ms);
                yield return
                [
                    $"{what}, batch {ours.Batch}: speed against PyTorch's fastest compiled ({best?.Variant ?? "not measured"})",
                    $"≥ {Summary.Show(wanted, "0.0")} ×", Judge(ours, best?.Ms / ours.Ms, r => r >= wanted),
                ];
                var least = Alike(ours).Where(e => e.IsCompiled && e.Memory is not null).MinBy(e => e.Memory);
                yield return
                [
                    $"{what}, batch {ours.Batch}: peak memory against PyTorch's least compiled ({least?.Variant ?? "not measured"})",
                    $"≤ {Summary.Show(MostMemory, "0.0")} ×", Judge(ours, ours.Memory / least?.Memory, r => r <= MostMemory),
                ];
            }
        }
        foreach (var fused in _entries.Where(e => e.What == "gicn" && e.Engine == Own && e.Variant == "fused" && e.Ms is not null))
            yield return
            [
                $"GICN kernel, {fused.Size.Replace("/", " px, ")} channels: speed against cuDNN's two convolutions",
                $"≥ {Summary.Show(LeastGicn, "0.0")} ×",
                Judge(fused, Alike(fused).Where(e => e.Engine == Torch).Min(e => e.Ms) / fused.Ms, r => r >= LeastGicn),
            ];
    }

    // A time of something that computes wrongly meets nothing.
    private static string Judge(Entry ours, double? ratio, Func<double, bool> met) => ours.Fault is not null ? "the results are wrong"
        : ratio is { } value ? $"{Summary.Show(value, "0.00")} ×, {(met(value) ? "met" : "missed")}" : "not measured";

    private IEnumerable<Entry> Alike(Entry entry) => _entries.Where(e => (e.What, e.Size, e.Batch) == (entry.What, entry.Size, entry.Batch));

    private Entry? Ours(Entry entry) => Alike(entry).FirstOrDefault(e => e.Engine == Own && e.Variant is "Bf16" or "fused");

    private static double? Median(IEnumerable<double?> numbers)
    {
        var sorted = numbers.OfType<double>().Order().ToList();
        return sorted.Count == 0 ? null : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
