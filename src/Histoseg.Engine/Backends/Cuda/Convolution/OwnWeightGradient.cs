using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>
/// A weight gradient by the engine's own kernels (<c>kernels/conv_wgrad.cuh</c>): slices of the pixels side by side, then
/// their sum. Needs no library.
/// </summary>
internal sealed class OwnWeightGradient : IConvolution
{
    /// <summary>Bytes the slices' sums may take together.</summary>
    private const long MostWorkspace = 64L << 20;

    /// <summary>Steps of k a slice should have at least, so that filling the pipeline and adding the slices cost little.</summary>
    private const int FewestSteps = 16;

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
        var steps = problem.Target.Pixels * CudaTensor.BytesOf(problem.Element) / StepBytes;
        _slices = SliceCount.Of(Blocks(problem, tile), device.Multiprocessors,
            Math.Min(steps / FewestSteps, MostWorkspace / (problem.Weight.Count * sizeof(float))));
    }

    public string Name => $"own {_tile.Name}";

    public long WorkspaceBytes => _slices == 1 ? 0 : _slices * _problem.Weight.Count * sizeof(float);

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
        KernelArgument sums = _slices == 1 ? tensors.Weight : new Workspace(0);
        Dispose();
        _multiply = new(_device.Driver, _device.Function($"conv_wgrad_{_problem.Suffix}", entry, shared), entry, _device.ComputeStream,
            new Dim3(checked((uint)Blocks(_problem, _tile)), 1, (uint)_slices), new Dim3((uint)_tile.Threads), shared,
            [
                tensors.Source, tensors.Target, sums, _table, source.N, source.H, source.W, source.C, target.H, target.W, target.C,
                _problem.Window.StrideH, _problem.Window.StrideW, _problem.Window.Taps,
            ]);
        if (_slices == 1)
            return;
        _sum = ConvolutionTools.Over(_device, "conv_sum_slices", _problem.Weight.Count, new Workspace(0), tensors.Weight, _problem.Weight.Count, _slices);
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
