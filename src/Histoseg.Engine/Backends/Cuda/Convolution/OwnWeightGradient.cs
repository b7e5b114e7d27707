using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>A weight gradient by the kernels that every GPU runs (<c>kernels/conv_wgrad.cuh</c>).</summary>
/// <param name="device">The GPU.</param>
/// <param name="problem">A weight gradient.</param>
/// <param name="tile">The block shape.</param>
/// <param name="table">Address of the <see cref="TapTable"/>.</param>
internal sealed class OwnWeightGradient(CudaDevice device, ConvolutionProblem problem, OwnTile tile, ulong table)
    : SlicedGradient(device, problem, Blocks(problem, tile), StepBytes / CudaTensor.BytesOf(problem.Element), SliceCount.AtOnce)
{
    private const int StepBytes = 64;

    public override string Name => $"own {tile.Name}";

    public override bool IsTrusted => true;

    /// <summary>The block shapes for a problem, the one that should be fastest first.</summary>
    public static IEnumerable<OwnTile> Tiles(CudaDevice device, ConvolutionProblem problem) =>
        OwnTile.For(problem)
            .Where(t => t.SharedBytes(problem.Element, true, true) <= device.MaxSharedBytes)
            // Slices fill the GPU whatever the shape, so only what the shape wastes and copies counts.
            .OrderBy(t => Blocks(problem, t) * (t.Rows * (double)t.Columns + 24 * (t.Rows + t.Columns)));

    protected override CudaLaunch Multiply(ConvolutionTensors tensors, KernelArgument sums)
    {
        var (source, target) = (Problem.Source, Problem.Target);
        var shared = (uint)tile.SharedBytes(Problem.Element, acrossA: true, acrossB: true);
        var entry = $"conv_wgrad_{tile.Name}";
        return new(Device.Driver, Device.Function($"conv_wgrad_{Problem.Suffix}", entry, shared), entry, Device.ComputeStream,
            new Dim3(checked((uint)Blocks(Problem, tile)), 1, (uint)Slices), new Dim3((uint)tile.Threads), shared,
            [
                tensors.Source, tensors.Target, sums, table, source.N, source.H, source.W, source.C, target.H, target.W, target.C,
                Problem.Window.StrideH, Problem.Window.StrideW, Problem.Window.Taps,
            ]);
    }

    private static long Blocks(ConvolutionProblem problem, OwnTile tile)
    {
        var columns = (long)problem.Window.Taps * problem.Source.C;
        return (problem.Target.C + tile.Rows - 1L) / tile.Rows * ((columns + tile.Columns - 1) / tile.Columns);
    }
}
