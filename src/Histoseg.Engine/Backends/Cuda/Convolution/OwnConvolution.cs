using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>
/// A convolution or transposed convolution by the engine's own kernels (<c>kernels/conv.cuh</c>): one launch, or where there are few pixels and a
/// long k, slices of k side by side and then their sum. Needs no library.
/// </summary>
internal sealed class OwnConvolution : IConvolution
{
    private const int StepBytes = 64;

    /// <summary>Steps of k a slice should have at least, so that filling the pipeline and adding the slices cost little.</summary>
    private const int FewestSteps = 8;

    private readonly CudaDevice _device;
    private readonly ConvolutionProblem _problem;
    private readonly TapGeometry _geometry;
    private readonly OwnTile _tile;
    private readonly ulong _table;
    private readonly int _slices;
    private CudaLaunch? _multiply, _finish;

    /// <param name="device">The GPU.</param>
    /// <param name="problem">Forward or transposed.</param>
    /// <param name="tile">The block shape.</param>
    /// <param name="table">Address of the <see cref="TapTable"/>.</param>
    public OwnConvolution(CudaDevice device, ConvolutionProblem problem, OwnTile tile, ulong table)
    {
        (_device, _problem, _geometry, _tile, _table) = (device, problem, problem.Geometry, tile, table);
        _slices = tile.Splits ? Slices(device, problem, _geometry, tile) : 1;
    }

    public string Name => $"own {_tile.Name}";

    public bool IsTrusted => true;

    public long WorkspaceBytes => _tile.Splits ? _slices * _problem.Target.Count * sizeof(float) : 0;

    /// <summary>The block shapes for a problem, the one that should be fastest first; those that split k where that makes more blocks.</summary>
    public static IEnumerable<OwnTile> Tiles(CudaDevice device, ConvolutionProblem problem)
    {
        var geometry = problem.Geometry;
        return OwnTile.For(problem)
            .Where(t => t.SharedBytes(problem.Element, false, problem.Kind == ConvolutionKind.Transposed) <= device.MaxSharedBytes)
            .Where(t => !t.Splits || Slices(device, problem, geometry, t) > 1)
            .OrderBy(t => Cost(device, problem, geometry, t));
    }

    public void Bind(ConvolutionTensors tensors)
    {
        var (source, target) = (_problem.Source, _problem.Target);
        var transposed = _problem.Kind == ConvolutionKind.Transposed;
        var shared = (uint)_tile.SharedBytes(_problem.Element, acrossA: false, acrossB: transposed);
        var entry = (transposed ? "conv_transposed_" : "conv_") + _tile.Name;
        Dispose();
        _multiply = new(_device.Driver, _device.Function($"conv_{_problem.Suffix}", entry, shared), entry, _device.ComputeStream,
            new Dim3(checked((uint)BlocksOfPhase(_problem, _geometry, _tile)), 1, (uint)(_geometry.Phases.Length * _slices)),
            new Dim3((uint)_tile.Threads), shared,
            [
                tensors.Source, tensors.Weight, tensors.Bias, tensors.Residual, tensors.Target, new Workspace(0), _table,
                source.N, source.H, source.W, source.C, target.H, target.W, target.C,
                _geometry.SourceStrideH, _geometry.SourceStrideW, _geometry.TargetStrideH, _geometry.TargetStrideW,
                _geometry.KernelTaps, _problem.Relu, _slices,
            ]);
        if (_tile.Splits)
            _finish = ConvolutionTools.Over(_device, _problem.Element == CudaElement.BFloat16 ? "conv_finish_bf16" : "conv_finish_f32", target.Count / 4,
                new Workspace(0), tensors.Bias, tensors.Residual, tensors.Target, target.Count, target.C, _slices, _problem.Relu);
    }

    public void Run(ulong workspace)
    {
        _multiply!.Bind(workspace);
        _multiply.Run();
        _finish?.Bind(workspace);
        _finish?.Run();
    }

    /// <summary>Blocks of the largest phase.</summary>
    private static long BlocksOfPhase(ConvolutionProblem problem, TapGeometry geometry, OwnTile tile) =>
        geometry.Phases.Max(p => ((long)problem.Target.N * p.Height * p.Width + tile.Rows - 1) / tile.Rows)
            * ((problem.Target.C + tile.Columns - 1) / tile.Columns);

    private static long Blocks(ConvolutionProblem problem, TapGeometry geometry, OwnTile tile) =>
        BlocksOfPhase(problem, geometry, tile) * geometry.Phases.Length;

    /// <summary>How many slices of k fill the GPU, as far as k is long enough; 1 where the slices' sums would have no whole pieces.</summary>
    private static int Slices(CudaDevice device, ConvolutionProblem problem, TapGeometry geometry, OwnTile tile)
    {
        var steps = (long)geometry.Phases.Max(p => p.Taps.Length) * problem.Source.C * CudaTensor.BytesOf(problem.Element) / StepBytes;
        return problem.Target.C % 4 != 0 ? 1 : SliceCount.Of(Blocks(problem, geometry, tile), SliceCount.AtOnce * device.Multiprocessors, steps / FewestSteps);
    }

    private static double Cost(CudaDevice device, ConvolutionProblem problem, TapGeometry geometry, OwnTile tile)
    {
        var slices = tile.Splits ? Slices(device, problem, geometry, tile) : 1;
        var k = (double)geometry.Phases.Max(p => p.Taps.Length) * problem.Source.C;
        var cost = tile.Cost(Blocks(problem, geometry, tile) * slices, device.Multiprocessors) * k / slices;
        // A second launch, and 8 bytes per sum written and read, both in the time of as many products.
        return tile.Splits ? cost + 4e6 + slices * problem.Target.Count * 320.0 / device.Multiprocessors : cost;
    }

    public void Dispose()
    {
        _multiply?.Dispose();
        _finish?.Dispose();
        (_multiply, _finish) = (null, null);
    }
}
