using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>
/// A weight gradient by the kernels for compute capability 9.0 (<c>kernels/conv_wgrad_hopper.cu</c>), bfloat16. Chosen only where it was measured to be right
/// and faster.
/// </summary>
/// <param name="device">The GPU.</param>
/// <param name="problem">A weight gradient.</param>
/// <param name="tile">The block shape.</param>
/// <param name="table">Address of the <see cref="TapTable"/>.</param>
internal sealed class HopperWeightGradient(CudaDevice device, ConvolutionProblem problem, HopperTile tile, ulong table)
    : SlicedGradient(device, problem, Blocks(problem, tile), HopperTile.Step, tile.BlocksAtOnce)
{
    public override string Name => $"hopper {tile.Name}";

    protected override CudaLaunch Multiply(ConvolutionTensors tensors, KernelArgument sums)
    {
        var (source, target) = (Problem.Source, Problem.Target);
        var entry = $"conv_wgrad_{tile.Name}";
        var dy = TensorMap.Of(Device, tensors.Target, (target.C, target.Pixels, 1), (HopperTile.Step, HopperTile.Step, 1));
        return new(Device.Driver, Device.Function("conv_wgrad_hopper", entry, (uint)tile.SharedBytes), entry, Device.ComputeStream,
            new Dim3(checked((uint)Blocks(Problem, tile)), 1, (uint)Slices), new Dim3((uint)tile.Threads), (uint)tile.SharedBytes,
            [
                tensors.Source, dy, sums, table, source.N, source.H, source.W, source.C, target.H, target.W, target.C,
                Problem.Window.StrideH, Problem.Window.StrideW, Problem.Window.Taps,
            ]);
    }

    // Columns go by pieces of one tap.
    private static long Blocks(ConvolutionProblem problem, HopperTile tile)
    {
        var pieces = (problem.Source.C + HopperTile.Step - 1) / HopperTile.Step * (long)problem.Window.Taps;
        var inBlock = tile.Columns / HopperTile.Step;
        return (problem.Target.C + tile.Rows - 1) / tile.Rows * ((pieces + inBlock - 1) / inBlock);
    }
}
