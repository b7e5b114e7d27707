using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>A convolution or transposed convolution by the engine's own kernels (<c>kernels/conv.cuh</c>), in one launch. Needs no library.</summary>
internal sealed class OwnConvolution : IConvolution
{
    private readonly CudaDevice _device;
    private readonly ConvolutionProblem _problem;
    private readonly TapGeometry _geometry;
    private readonly OwnTile _tile;
    private readonly ulong _table;
    private CudaLaunch? _launch;

    /// <param name="device">The GPU.</param>
    /// <param name="problem">Forward or transposed.</param>
    /// <param name="tile">The block shape.</param>
    /// <param name="table">Address of the <see cref="TapTable"/>.</param>
    public OwnConvolution(CudaDevice device, ConvolutionProblem problem, OwnTile tile, ulong table) =>
        (_device, _problem, _geometry, _tile, _table) = (device, problem, problem.Geometry, tile, table);

    public string Name => $"own {_tile.Name}";

    public long WorkspaceBytes => 0;

    /// <summary>The block shapes for a problem, the one that should be fastest first.</summary>
    public static IEnumerable<OwnTile> Tiles(CudaDevice device, ConvolutionProblem problem)
    {
        var phases = problem.Geometry.Phases;
        return OwnTile.For(problem)
            .Where(t => t.SharedBytes(problem.Element, false, problem.Kind == ConvolutionKind.Transposed) <= device.MaxSharedBytes)
            .OrderBy(t => t.Cost(phases.Sum(p => RowTiles(problem, p, t)), problem.Target.C, device.Multiprocessors));
    }

    public void Bind(ConvolutionTensors tensors)
    {
        var (source, target) = (_problem.Source, _problem.Target);
        var transposed = _problem.Kind == ConvolutionKind.Transposed;
        var shared = (uint)_tile.SharedBytes(_problem.Element, acrossA: false, acrossB: transposed);
        var entry = (transposed ? "conv_transposed_" : "conv_") + _tile.Name;
        var blocks = _geometry.Phases.Max(p => RowTiles(_problem, p, _tile)) * ((target.C + _tile.Columns - 1) / _tile.Columns);
        _launch?.Dispose();
        _launch = new(_device.Driver, _device.Function($"conv_{_problem.Suffix}", entry, shared), entry, _device.ComputeStream,
            new Dim3(checked((uint)blocks), 1, (uint)_geometry.Phases.Length), new Dim3((uint)_tile.Threads), shared,
            [
                tensors.Source, tensors.Weight, tensors.Bias, tensors.Residual, tensors.Target, _table,
                source.N, source.H, source.W, source.C, target.H, target.W, target.C,
                _geometry.SourceStrideH, _geometry.SourceStrideW, _geometry.TargetStrideH, _geometry.TargetStrideW, _geometry.KernelTaps, _problem.Relu,
            ]);
    }

    public void Run(ulong workspace) => _launch!.Run();

    private static long RowTiles(ConvolutionProblem problem, TapPhase phase, OwnTile tile) =>
        ((long)problem.Target.N * phase.Height * phase.Width + tile.Rows - 1) / tile.Rows;

    public void Dispose() => _launch?.Dispose();
}
