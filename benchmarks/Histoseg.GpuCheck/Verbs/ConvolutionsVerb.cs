using System.CommandLine;
using System.Globalization;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.GpuCheck.Verbs;

/// <summary><c>gpucheck convolutions</c>: every implementation of every convolution of the paper's network.</summary>
internal sealed class ConvolutionsVerb : Verb
{
    private const int InferenceBatch = 8, TrainingBatch = 4;
    private static readonly string[] Families = ["own", "cudnn", "cublaslt"];

    private readonly Option<Precision> _precision = new("--precision") { Description = "Number type", DefaultValueFactory = _ => Precision.Bf16 };

    /// <summary>The verb.</summary>
    public ConvolutionsVerb(TextWriter output)
        : base("convolutions", "Times every implementation of every convolution of the paper's network, and tells which do not agree with the own kernels.", output) =>
        Add(_precision);

    /// <inheritdoc/>
    protected override int Execute(ParseResult given, ResultFile results)
    {
        var precision = given.GetValue(_precision);
        using var device = Gpu.Open(Convolutions.All);
        _ = device.Memory();
        var bench = new ConvolutionBench(device, precision);
        var network = new NetworkBench(BenchVerb.Settings, BenchVerb.Side, seconds: 0);
        var wrong = 0;
        foreach (var (what, tape) in new (string, Tape)[] { ($"inference, batch {InferenceBatch}", network.InferenceTape(InferenceBatch)), ($"training, batch {TrainingBatch}", network.TrainingTape(TrainingBatch)) })
        {
            Out.WriteLine($"{what}: nodes × convolution, the fastest of each family in ms");
            foreach (var (problem, count) in bench.Problems(tape))
                wrong += Tell(what, problem, count, bench.Run(problem), results);
        }
        return wrong == 0 ? ExitCode.Passed : ExitCode.Failed;
    }

    private int Tell(string what, ConvolutionProblem problem, int count, IReadOnlyList<ConvolutionBench.Try> tries, ResultFile results)
    {
        foreach (var one in tries)
            results.Add(("kind", "convolution"), ("network", what), ("problem", problem.ToString()), ("nodes", count), ("products", problem.Products), ("implementation", one.Name), ("ms", one.Milliseconds));
        var fastest = Families.Select(family => (Family: family, Best: tries.Where(t => t.Milliseconds is not null && t.Name.StartsWith(family, StringComparison.OrdinalIgnoreCase)).MinBy(t => t.Milliseconds)))
            .Where(f => f.Best.Milliseconds is not null)
            .Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Best.Name} {f.Best.Milliseconds:0.0000} ({2 * problem.Products / f.Best.Milliseconds / 1e9:0} TFLOP/s)"));
        Out.WriteLine($"{count,3} × {problem}: {string.Join("; ", fastest)}");
        // A library may refuse; an own kernel that is not measured is wrong.
        var faults = tries.Where(t => t.Milliseconds is null).ToList();
        if (faults.Count > 0)
            Out.WriteLine($"      failed or not agreeing with {tries[0].Name}: {string.Join(", ", faults.Select(t => t.Name))}");
        return faults.Count(t => t.Name.StartsWith(Families[0], StringComparison.OrdinalIgnoreCase));
    }
}
