using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>
/// A weight gradient by the engine's own kernels (<c>kernels/conv_wgrad.cuh</c>): slices of the pixels side by side, then
/// their sum. Needs no library.
/// </summary>
internal sealed class OwnWeightGradient : IConvolution
{
    private const int StepBytes = 64;
    private readonly CudaDevice _device;
    private readonly ConvolutionProblem _problem;
    private readonly OwnTile _tile;
    private readonly ulong _table;
    private readonly int _slices;
    private CudaLaunch? _multiply, _sum;

    /// <param name="device">The GPU.</param>
    /// <param name="problem">A weight gradient.</param>
    /// <param name="tile">The block shape.</param>
    /// <param name="table">Address of the <see cref="TapTable"/>.</param>
    public OwnWeightGradient(CudaDevice device, ConvolutionProblem problem, OwnTile tile, ulong table)
    {
        (_device, _problem, _tile, _table) = (device, problem, tile, table);
        _slices = SlicedGradient.Slices(device, problem, Blocks(problem, tile), StepBytes / CudaTensor.BytesOf(problem.Element));
    }

    public string Name => $"own {_tile.Name}";

    public long WorkspaceBytes => SlicedGradient.WorkspaceBytes(_problem, _slices);

    /// <summary>The block shapes for a problem, the one that should be fastest first.</summary>
    public static IEnumerable<OwnTile> Tiles(CudaDevice device, ConvolutionProblem problem) =>
        OwnTile.For(problem)
            .Where(t => t.SharedBytes(problem.Element, true, true) <= device.MaxSharedBytes)
            // Slices fill the GPU whatever the shape, so only what the shape wastes and copies counts.
            .OrderBy(t => Blocks(problem, t) * (t.Rows * (double)t.Columns + 24 * (t.Rows + t.Columns)));

    public void Bind(ConvolutionTensors tensors)
    {
        var (source, target) = (_problem.Source, _problem.Target);
        var shared = (uint)_tile.SharedBytes(_problem.Element, acrossA: true, acrossB: true);
        var entry = $"conv_wgrad_{_tile.Name}";
        Dispose();
        _multiply = new(_device.Driver, _device.Function($"conv_wgrad_{_problem.Suffix}", entry, shared), entry, _device.ComputeStream,
            new Dim3(checked((uint)Blocks(_problem, _tile)), 1, (uint)_slices), new Dim3((uint)_tile.Threads), shared,
            [
                tensors.Source, tensors.Target, SlicedGradient.Sums(tensors, _slices), _table, source.N, source.H, source.W, source.C,
                target.H, target.W, target.C,
                _problem.Window.StrideH, _problem.Window.StrideW, _problem.Window.Taps,
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

    private static long Blocks(ConvolutionProblem problem, OwnTile tile)
    {
        var columns = (long)problem.Window.Taps * problem.Source.C;
        return (problem.Target.C + tile.Rows - 1L) / tile.Rows * ((columns + tile.Columns - 1) / tile.Columns);
    }

    public void Dispose()
    {
        _multiply?.Dispose();
        _sum?.Dispose();
        (_multiply, _sum) = (null, null);
    }
}
