using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>
/// A convolution or transposed convolution by the engine's kernels for compute capability 9.0 (<c>kernels/conv_hopper.cu</c>): bfloat16, one launch, no
/// library. Chosen only where it was measured to be right and faster.
/// </summary>
internal sealed class HopperConvolution(CudaDevice device, ConvolutionProblem problem, HopperTile tile, ulong table) : IConvolution
{
    private readonly TapGeometry _geometry = problem.Geometry;
    private CudaLaunch? _multiply;

    public string Name => $"hopper {tile.Name}";

    public long WorkspaceBytes => 0;

    public void Bind(ConvolutionTensors tensors)
    {
        var (source, target) = (problem.Source, problem.Target);
        var isTransposed = problem.Kind == ConvolutionKind.Transposed;
        var entry = (isTransposed ? "conv_transposed_" : "conv_") + tile.Name;
        var rows = _geometry.Phases.Max(p => (long)target.N * p.Height * p.Width);
        var blocks = (rows + tile.Rows - 1) / tile.Rows * ((target.C + tile.Columns - 1) / tile.Columns);
        Dispose();
        var weight = problem.Weight;
        var map = TensorMap.Of(device, tensors.Weight, (weight.C, weight.H * weight.W, weight.N),
            (HopperTile.Step, 1, isTransposed ? HopperTile.Step : tile.Columns));
        _multiply = new(device.Driver, device.Function("conv_hopper", entry, (uint)tile.SharedBytes), entry, device.ComputeStream,
            new Dim3(checked((uint)blocks), 1, (uint)_geometry.Phases.Length), new Dim3((uint)tile.Threads), (uint)tile.SharedBytes,
            [
                tensors.Source, map, tensors.Bias, tensors.Residual, tensors.Target, table,
                source.N, source.H, source.W, source.C, target.H, target.W, target.C,
                _geometry.SourceStrideH, _geometry.SourceStrideW, _geometry.TargetStrideH, _geometry.TargetStrideW, problem.Relu,
            ]);
    }

    public void Run(ulong workspace) => _multiply!.Run();

    public void Dispose()
    {
        _multiply?.Dispose();
        _multiply = null;
    }
}
