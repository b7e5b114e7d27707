using System.CommandLine;
using Histoseg.Engine.Backends;

namespace Histoseg.GpuCheck.Verbs;

/// <summary><c>gpucheck convolutions</c>: every implementation of every convolution of the paper's network.</summary>
internal sealed class ConvolutionsVerb : Verb
{
    private const int InferenceBatch = 8, TrainingBatch = 4;

    private readonly Option<Precision[]> _precision = new("--precision")
    {
        Description = "Number types; all by default",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [Precision.Bf16, Precision.Tf32, Precision.Fp32],
    };

    /// <summary>The verb.</summary>
    public ConvolutionsVerb(TextWriter output)
        : base("convolutions",
            "Tries and times every implementation of every convolution of the paper's network; "
            + "fails if an own kernel does not agree, or a library that is installed never does.",
            output) =>
        Add(_precision);

    /// <inheritdoc/>
    protected override int Execute(ParseResult given, ResultFile results)
    {
        using var device = Gpu.Open(Convolutions.All);
        device.Memory();
        results.Add(Gpu.Facts(device));
        var network = new NetworkBench(BenchVerb.Measured, BenchVerb.Side, seconds: 0);
        var faults = new List<string>();
        foreach (var precision in given.GetValue(_precision)!)
        {
            var check = new ConvolutionCheck(device, precision, Out, results);
            check.Run($"inference, batch {InferenceBatch}", network.InferenceTape(InferenceBatch));
            check.Run($"training, batch {TrainingBatch}", network.TrainingTape(TrainingBatch));
            faults.AddRange(check.Faults());
        }
        foreach (var fault in faults)
            Out.WriteLine(fault);
        return faults.Count == 0 ? ExitCode.Passed : ExitCode.Failed;
    }
}
