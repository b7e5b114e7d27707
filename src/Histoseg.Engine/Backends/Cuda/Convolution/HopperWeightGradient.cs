using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>
/// A weight gradient by the engine's kernels for compute capability 9.0 (<c>kernels/conv_wgrad_hopper.cu</c>): bfloat16, slices of the pixels side by side,
/// then their sum; no library. Chosen only where it was measured to be right and faster.
/// </summary>
internal sealed class HopperWeightGradient : IConvolution
{
    private readonly CudaDevice _device;
    private readonly ConvolutionProblem _problem;
    private readonly HopperTile _tile;
    private readonly ulong _table;
    private readonly long _blocks;
    private readonly int _slices;
    private CudaLaunch? _multiply, _sum;

    /// <param name="device">The GPU.</param>
    /// <param name="problem">A weight gradient.</param>
    /// <param name="tile">The block shape.</param>
    /// <param name="table">Address of the <see cref="TapTable"/>.</param>
    public HopperWeightGradient(CudaDevice device, ConvolutionProblem problem, HopperTile tile, ulong table)
    {
        (_device, _problem, _tile, _table) = (device, problem, tile, table);
        // Columns go by pieces of one tap.
        var pieces = (problem.Source.C + HopperTile.Step - 1) / HopperTile.Step * (long)problem.Window.Taps;
        var inBlock = tile.Columns / HopperTile.Step;
        _blocks = (problem.Target.C + tile.Rows - 1) / tile.Rows * ((pieces + inBlock - 1) / inBlock);
        _slices = SlicedGradient.Slices(device, problem, _blocks, HopperTile.Step, tile.BlocksAtOnce);
    }

    public string Name => $"hopper {_tile.Name}";

    public long WorkspaceBytes => SlicedGradient.WorkspaceBytes(_problem, _slices);

    public void Bind(ConvolutionTensors tensors)
    {
        var (source, target) = (_problem.Source, _problem.Target);
        var entry = $"conv_wgrad_{_tile.Name}";
        Dispose();
        var dy = TensorMap.Of(_device, tensors.Target, (target.C, target.Pixels, 1), (HopperTile.Step, HopperTile.Step, 1));
        _multiply = new(_device.Driver, _device.Function("conv_wgrad_hopper", entry, (uint)_tile.SharedBytes), entry, _device.ComputeStream,
            new Dim3(checked((uint)_blocks), 1, (uint)_slices), new Dim3((uint)_tile.Threads), (uint)_tile.SharedBytes,
            [
                tensors.Source, dy, SlicedGradient.Sums(tensors, _slices), _table, source.N, source.H, source.W, source.C,
                target.H, target.W, target.C, _problem.Window.StrideH, _problem.Window.StrideW, _problem.Window.Taps,
            ]);
        _sum = SlicedGradient.Sum(_device, _problem, tensors, _slices);
    }

    public void Run(ulong workspace)
    {
        _multiply!.Bind(workspace);
        _multiply.Run();
        _sum?.Bind(workspace);
        _sum?.Run();
    }

    public void Dispose()
    {
        _multiply?.Dispose();
        _sum?.Dispose();
        (_multiply, _sum) = (null, null);
    }
}
