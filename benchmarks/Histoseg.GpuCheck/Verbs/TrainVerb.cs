using System.CommandLine;
using System.Globalization;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Backends.Cuda;

namespace Histoseg.GpuCheck.Verbs;

/// <summary><c>gpucheck train</c>: 200 training steps on the processor and on the GPU.</summary>
internal sealed class TrainVerb(TextWriter output) : Verb(
    "train",
    "Trains a slim network for 200 steps on drawn patches, on the processor in float32 and on the GPU in fp32 and bf16, and compares the losses.", output)
{
    private const int Steps = 200, Every = 20;

    /// <inheritdoc/>
    protected override int Execute(ParseResult given, ResultFile results)
    {
        _ = Gpu.Driver;
        using var cpu = new CpuBackend();
        var expected = TrainingComparison.Losses(cpu, Steps);
        var failed = 0;
        foreach (var precision in new[] { Precision.Fp32, Precision.Bf16 })
        {
            using var gpu = new CudaBackend(Gpu.Open(Convolutions.All), precision);
            var actual = TrainingComparison.Losses(gpu, Steps);
            Out.WriteLine($"{precision}: step, loss on the CPU, loss on the GPU");
            for (var step = 0; step < Steps; step++)
            {
                if (step % Every == Every - 1 || step == 0)
                    Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{step + 1,5}  {expected[step]:0.00000}  {actual[step]:0.00000}"));
                results.Add(("kind", "loss"), ("precision", $"{precision}"), ("step", step + 1), ("cpu", expected[step]), ("gpu", actual[step]));
            }
            failed += Agreement.Report("train", $"{precision}", TrainingComparison.Compare(expected, actual, precision), Out, results);
        }
        return failed == 0 ? ExitCode.Passed : ExitCode.Failed;
    }
}
