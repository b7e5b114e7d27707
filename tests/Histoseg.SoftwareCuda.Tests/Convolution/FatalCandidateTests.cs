using Histoseg.Cuda;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Ops;

namespace Histoseg.SoftwareCuda.Tests.Convolution;

/// <summary>What ended the program while it was tried is known at the next start.</summary>
public sealed class FatalCandidateTests : IDisposable
{
    // Of the libraries' algorithms only one of cuDNN does it.
    private static readonly ConvolutionProblem Problem =
        new(ConvolutionKind.Forward, ConvWindow.Square(3, padding: 1), new(1, 4, 5, 8), new(1, 4, 5, 16), Precision.Bf16, HasBias: true);

    private readonly TempFolder _folder = new();

    private string File => _folder["convolutions.jsonl"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_library_that_ends_the_program_while_it_is_tried_is_not_tried_again()
    {
        // Not given back: no call is taken any more.
        var bench = new ConvolutionBench(tuningFile: File);
        // Only cuDNN wants a narrow bias; a fault behind that is told by the next call that waits.
        bench.Driver.Launching += (kernel, _, _, _, _) =>
        {
            if (kernel.Name == "conv_narrow")
                bench.Driver.FailNext(nameof(ICudaDriver.StreamSynchronize), CudaStatus.IllegalAddress);
        };
        Assert.True(Assert.Throws<CudaException>(() => Choose(bench)).Status.IsSticky());
        bench.Driver.Dispose();
        Assert.Contains(System.IO.File.ReadAllLines(File), line => TuningEntry.Parse(line) is { Choice: "cudnn 1", Microseconds: TuningEntry.Trying });

        using var later = new ConvolutionBench(tuningFile: File);
        Assert.StartsWith("own ", Choose(later), StringComparison.Ordinal);
        Assert.DoesNotContain("conv_narrow", later.Launched);
        Assert.StartsWith("own ", TuningEntry.Parse(Assert.Single(System.IO.File.ReadAllLines(File)))!.Choice, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_tried_without_harm_is_no_longer_noted()
    {
        using var bench = new ConvolutionBench(tuningFile: File);
        Choose(bench);
        Assert.Contains("conv_narrow", bench.Launched);
        Assert.True(TuningEntry.Parse(Assert.Single(System.IO.File.ReadAllLines(File)))!.Microseconds > 0);
    }

    private static string Choose(ConvolutionBench bench)
    {
        using var chosen = bench.Device.Convolutions.Choose(Problem, bench.Table(Problem));
        return chosen.Name;
    }
}
