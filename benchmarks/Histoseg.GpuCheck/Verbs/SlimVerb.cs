using System.CommandLine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;

namespace Histoseg.GpuCheck.Verbs;

/// <summary><c>gpucheck slim</c>: a slim network against PyTorch's values.</summary>
internal sealed class SlimVerb : Verb
{
    private readonly Argument<string> _folder = new("folder") { Description = "Folder with slim_weights.safetensors and slim_step.safetensors" };

    /// <summary>The verb.</summary>
    public SlimVerb(TextWriter output)
        : base("slim", "Runs a slim network at every precision and compares logits, gradients and losses with PyTorch's.", output) =>
        Add(_folder);

    /// <inheritdoc/>
    protected override int Execute(ParseResult given, ResultFile results)
    {
        var failed = 0;
        foreach (var precision in Enum.GetValues<Precision>())
        {
            using var backend = new CudaBackend(Gpu.Open(Convolutions.All), precision);
            failed += Agreement.Report("slim", $"{precision}", SlimCheck.Run(backend, precision, given.GetValue(_folder)!), Out, results);
        }
        return failed == 0 ? ExitCode.Passed : ExitCode.Failed;
    }
}
