using System.Globalization;
using System.Text;

namespace Histoseg.GpuCheck;

/// <summary>Makes one page of all results: machine, steps, checks, timings, and how they stand to the targets.</summary>
internal static class Summary
{
    /// <summary>The page, in Markdown.</summary>
    public static string Of(IReadOnlyList<ResultLine> lines)
    {
        var page = new StringBuilder("# Checks and measurements on a GPU\n");
        Machine(page, lines);
        Table(page, "Steps", ["step", "result", "seconds", "remark"],
            Of(lines, "step").GroupBy(s => s.Text("name")).Select(g => g.Last())
            .Select(s => new[] { s.Text("name"), s.Text("state"), s.Text("seconds"), s.Text("note") }));
        Checks(page, lines);
        Convolutions(page, lines);
        var benches = new BenchResults(lines);
        foreach (var what in benches.Whats)
            Table(page, $"{char.ToUpperInvariant(what[0])}{what[1..]}, {benches.Setting(what)}", BenchResults.Header, benches.Rows(what));
        Table(page, "Targets", ["what", "target", "measured"], benches.Targets());
        return page.ToString();
    }

    private static IEnumerable<ResultLine> Of(IEnumerable<ResultLine> lines, string kind) => lines.Where(line => line.Kind == kind);

    private static void Machine(StringBuilder page, IReadOnlyList<ResultLine> lines)
    {
        // Several steps tell of the machine; each fact is told once, and a second machine would show as a second value.
        string[] facts =
        [
            "date", "commit", "gpu", "driver", "driver_cuda", "compute_capability", "multiprocessors", "memory_mib",
            "cudnn", "cublaslt", "torch", "torch_cudnn",
        ];
        var told = lines.Where(l => l.Kind is "machine" or "run").ToList();
        var rows = facts.Select(fact => new[] { fact.Replace('_', ' '), string.Join(", ", told.Select(l => l.Text(fact)).Where(v => v != "").Distinct()) })
            .Where(row => row[1] != "").ToList();
        foreach (var ceiling in Of(lines, "ceiling"))
        {
            var matrix = ceiling.Number("matrix_tflops") is { } rate ? $"{Show(rate, "0")} TFLOP/s bf16" : "no matrix product measured";
            rows.Add(["measured ceilings", $"{matrix}, {Show(ceiling.Number("copy_gb_per_s"), "0")} GB/s copied"]);
        }
        Table(page, "Machine", ["", ""], rows);
    }

    private static void Checks(StringBuilder page, IReadOnlyList<ResultLine> lines)
    {
        Table(page, "Operations", ["convolutions by", "precision", "agree", "worst error"],
            Of(lines, "case").GroupBy(l => (By: l.Text("convolutions"), Precision: l.Text("precision"))).Select(g => new[]
            {
                g.Key.By, g.Key.Precision, $"{g.Count(l => l.Passed)} of {g.Count()}", Show(g.Where(l => l.Passed).Max(l => l.Number("error")), "0.0e+00"),
            }));
        var kernels = Of(lines, "kernel").ToList();
        if (kernels.Count > 0)
        {
            var spilling = kernels.Where(k => k.Number("local_bytes") > 0).Select(k => k.Text("name")).Distinct().ToList();
            page.Append(CultureInfo.InvariantCulture, $"\n{kernels.Select(k => k.Text("name")).Distinct().Count()} kernels were compiled by the driver; "
                + $"most registers {Show(kernels.Max(k => k.Number("registers")), "0")}, "
                + $"with local memory: {(spilling.Count == 0 ? "none" : string.Join(", ", spilling))}.\n");
        }
        Table(page, "Network", ["check", "precision", "what", "error", "at most", ""], lines.Where(l => l.Kind is "slim" or "train")
            .Select(l => new[] { l.Kind, l.Text("precision"), l.Text("what"), Show(l.Number("error"), "0.0e+00"),
                Show(l.Number("tolerance"), "0.0e+00"), l.Passed ? "" : "**wrong**" }));
    }

    private static void Convolutions(StringBuilder page, IReadOnlyList<ResultLine> lines)
    {
        Table(page, "Convolutions tried", ["network", "precision", "by", "agree", "differ", "refused", "fastest for", "first fault"],
            Of(lines, "convolution").GroupBy(l => (Network: l.Text("network"), Precision: l.Text("precision"))).SelectMany(network =>
            {
                var fastest = network.Where(l => l.Number("ms") is not null).GroupBy(l => l.Text("problem"))
                    .Select(g => ConvolutionFamily.Of(g.MinBy(l => l.Number("ms"))!.Text("implementation"))).ToList();
                return network.GroupBy(l => ConvolutionFamily.Of(l.Text("implementation"))).Select(family => new[]
                {
                    network.Key.Network, network.Key.Precision, family.Key,
                    $"{State(family, "agrees")}", $"{State(family, "differs")}", $"{State(family, "refused")}",
                    $"{fastest.Count(f => f == family.Key)} of {fastest.Count} shapes",
                    family.FirstOrDefault(l => l.Text("fault") != "") is { } first ? $"{first.Text("implementation")}: {first.Text("fault")}" : "",
                });
            }));
        Table(page, "Convolutions chosen", ["network", "batch", "precision", .. ConvolutionFamily.All],
            Of(lines, "chosen").OrderBy(l => l.Text("what"), StringComparer.Ordinal).ThenBy(l => l.Number("batch"))
                .Select(l => (string[])
                    [l.Text("what"), l.Text("batch"), l.Text("precision"), .. ConvolutionFamily.All.Select(family => Show(l.Number(family), "0"))])
                .DistinctBy(row => string.Join('|', row)));

        static int State(IEnumerable<ResultLine> lines, string state) => lines.Count(l => l.Text("state") == state);
    }

    private static void Table(StringBuilder page, string title, string[] header, IEnumerable<string[]> rows)
    {
        var all = rows.ToList();
        if (all.Count == 0)
            return;
        page.Append(CultureInfo.InvariantCulture, $"\n## {title}\n\n{Line(header)}{Line([.. header.Select(_ => "---")])}");
        foreach (var row in all)
            page.Append(Line(row));
    }

    private static string Line(string[] cells) => $"| {string.Join(" | ", cells.Select(cell => cell.Replace('|', '/').ReplaceLineEndings(" ")))} |\n";

    /// <summary>A number, or a dash.</summary>
    internal static string Show(double? number, string format) => number is { } value ? value.ToString(format, CultureInfo.InvariantCulture) : "–";
}
