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
        : base("once", "Runs one inference pass or training step, its kernels launched one by one: what a profiler is to look at.", output, writesResults: false)
    {
        _what.AcceptOnlyFromAmong("inference", "training");
        Add(_what);
        Add(_batch);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given, ResultFile results)
    {
        using var backend = new CudaBackend(Gpu.Open(Convolutions.All));
        new NetworkBench(BenchVerb.Settings, BenchVerb.Side, seconds: 0).Once(backend, given.GetValue(_what) == "training", given.GetValue(_batch));
        Out.WriteLine($"{backend.Description}: one {given.GetValue(_what)} pass of {given.GetValue(_batch)} patches");
        return ExitCode.Passed;
    }
}
