using System.CommandLine;
using Histoseg.Engine.Backends.Cuda;

namespace Histoseg.GpuCheck.Verbs;

/// <summary><c>gpucheck once</c>: one pass of the paper's network, for profilers.</summary>
internal sealed class OnceVerb : Verb
{
    private readonly Argument<string> _what = new("what") { Description = "inference or training" };
    private readonly Option<int> _batch = new("--batch") { Description = "Patches", DefaultValueFactory = _ => 4 };

    /// <summary>The verb.</summary>
    public OnceVerb(TextWriter output)
        : base("once",
            "Runs one inference pass or training step, its kernels launched one by one and marked for a profiler; "
            + "with the convolutions chosen before, by tune or bench, or else the own kernels.",
            output, writesResults: false)
    {
        _what.AcceptOnlyFromAmong("inference", "training");
        Add(_what);
        Add(_batch);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given, ResultFile results)
    {
        _ = Gpu.Driver;
        // A profiler distorts times, so nothing that is chosen here may last; and with nothing chosen before it would all be chosen here.
        using var tuning = File.Exists(Gpu.TuningFile) ? TemporaryTuning.CopyOf(Gpu.TuningFile) : null;
        using var backend = new CudaBackend(Gpu.Open(tuning is null ? Convolutions.Own : Convolutions.All, tuning?.File));
        new NetworkBench(BenchVerb.Measured, BenchVerb.Side, seconds: 0)
            .Once(backend, given.GetValue(_what) == "training", given.GetValue(_batch), Profiler.Watch);
        Out.WriteLine($"{backend.Description}: one {given.GetValue(_what)} pass of {given.GetValue(_batch)} patches, "
            + $"convolutions {(tuning is null ? "by own kernels, as none were chosen before" : "as chosen before")}");
        return ExitCode.Passed;
    }
}
