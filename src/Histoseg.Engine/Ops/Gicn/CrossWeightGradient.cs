using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>The weight gradients of a <see cref="CrossProblem"/>, on tensor cores (<c>kernels/gicn_weight.cu</c>) or without (<c>gicn_plain.cu</c>).</summary>
internal sealed class CrossWeightGradient : CrossImplementation
{
    private const int Side = 32, TileRows = 8;
    private const long MostPartialBytes = 64 << 20;

    private readonly int _sourceTiles, _targetTiles;
    private readonly long _runs;

    public CrossWeightGradient(CudaDevice device, CrossProblem problem) : base(device, problem)
    {
        (_sourceTiles, _targetTiles) = (CrossPlan.Ceiling(problem.Source.C, Side), CrossPlan.Ceiling(problem.Targets, Side));
        var (blocks, shares) = problem.OnTensorCores
            ? ((long)_sourceTiles * _targetTiles, CrossPlan.Tiles(problem.Source, TileRows) / 4)
            : ((long)_sourceTiles * _targetTiles * 2 * problem.K, problem.Source.Pixels / 256);
        // A block for each multiprocessor where the pixels give that many enough to do: sums are written and read once per run.
        _runs = Math.Clamp(Math.Min(shares, Math.Min(device.Multiprocessors / blocks, MostPartialBytes / (2 * problem.WeightCount * sizeof(float)))), 1, 65535);
    }

    public override string Name => Problem.OnTensorCores ? "own" : "own plain";

    public override bool IsTrusted => true;

    public override long WorkspaceBytes => _runs > 1 ? _runs * 2 * Problem.WeightCount * sizeof(float) : 0;

    protected override IEnumerable<CudaLaunch> Launches(CrossTensors t)
    {
        var (map, k, count) = (Problem.Source, Problem.K, Problem.WeightCount);
        var (held, tile) = (k <= 8 ? 2 : k <= 12 ? 3 : 4, CrossPlan.CrossPixels(TileRows, k, Problem.Joined) + (Problem.Joined ? 1 : 2) * TileRows * 17);
        var isPartial = _runs > 1;
        KernelArgument rowOut = isPartial ? new Workspace(0) : t.RowWeight, columnOut = isPartial ? new Workspace(count * sizeof(float)) : t.ColumnWeight;
        yield return Launch(Problem.OnTensorCores ? "gicn_weight" : "gicn_plain",
            Problem.OnTensorCores ? $"{Problem.Entry}_{held}" : $"cross_weight_{(Problem.Element == CudaElement.BFloat16 ? "bf16" : "f32")}",
            Problem.OnTensorCores
                ? new Dim3((uint)_sourceTiles, (uint)_targetTiles, (uint)_runs) : new Dim3((uint)(_sourceTiles * _targetTiles), (uint)(2 * k), (uint)_runs),
            256, Problem.OnTensorCores ? 2 * tile * 64 : 0, t.RowSource, t.ColumnSource, t.RowTarget, t.ColumnTarget, rowOut, columnOut, 2 * count,
            map.N, map.H, map.W, map.C, Problem.Targets, k);
        if (isPartial)
            yield return LaunchOver("gicn_weight", "cross_weight_sum", 2 * count, new Workspace(0), t.RowWeight, t.ColumnWeight, count, (int)_runs);
    }
}
