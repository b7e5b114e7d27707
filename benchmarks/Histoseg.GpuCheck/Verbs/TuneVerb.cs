using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;

namespace Histoseg.GpuCheck.Verbs;

/// <summary><c>gpucheck tune</c>: chooses the convolutions that the benchmarks need, so that their own time goes into measuring.</summary>
internal sealed class TuneVerb : Verb
{
    private readonly Option<string> _only = new("--only") { Description = "inference or training; both by default" };
    private readonly Option<int[]> _batch = new("--batch")
    {
        Description = "Patches per run; by default 1, 8, 32 for inference and 4, 16 for training",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<Convolutions> _convolutions = BenchVerb.ConvolutionsOption();

    /// <summary>The verb.</summary>
    public TuneVerb(TextWriter output)
        : base("tune",
            "Compiles the paper's network for each batch once: the driver's compiler runs and convolutions are chosen, which is remembered. "
            + "Stopped, it goes on where it was.",
            output)
    {
        _only.AcceptOnlyFromAmong(BenchVerb.Inference, BenchVerb.Training);
        Add(_only);
        Add(_batch);
        Add(_convolutions);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given, ResultFile results)
    {
        var (only, batches) = (given.GetValue(_only), given.GetValue(_batch)!);
        using var backend = new CudaBackend(Gpu.Open(given.GetValue(_convolutions)));
        results.Add(Gpu.Facts(backend.Device));
        var network = new NetworkBench(BenchVerb.Measured, BenchVerb.Side, seconds: 0);
        var failed = 0;
        if (only is null or BenchVerb.Inference)
        {
            // What the first patch's logits are compared with.
            using (var exact = new CudaBackend(Gpu.Open(Convolutions.Own), Precision.Fp32))
                failed += Compile(exact, BenchVerb.Inference, 1, network.InferenceTape(1), results);
            foreach (var batch in BenchVerb.Batches(BenchVerb.Inference, batches))
                failed += Compile(backend, BenchVerb.Inference, batch, network.InferenceTape(batch), results);
        }
        if (only is null or BenchVerb.Training)
            foreach (var batch in BenchVerb.Batches(BenchVerb.Training, batches))
                failed += Compile(backend, BenchVerb.Training, batch, network.TrainingTape(batch), results);
        return failed == 0 ? ExitCode.Passed : ExitCode.Failed;
    }

    /// <summary>Compiles one network; 1 if there is not enough memory for it.</summary>
    private int Compile(CudaBackend backend, string what, int batch, Tape tape, ResultFile results)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            using var program = backend.Compile(tape);
        }
        catch (EngineError small)
        {
            Out.WriteLine($"{what}, batch {batch}, {backend.Precision}: {small.Message}");
            return 1;
        }
        var counts = ConvolutionFamily.Counts(backend.Device, tape, backend.Precision);
        results.Add([("kind", "chosen"), ("what", what), ("batch", batch), ("precision", $"{backend.Precision}"), .. counts]);
        Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}, batch {batch}, {backend.Precision}: {clock.Elapsed.TotalSeconds:0.0} s; "
            + $"convolutions: {string.Join(", ", counts.Select(c => $"{c.Value} {c.Key}"))}"));
        return 0;
    }
}
