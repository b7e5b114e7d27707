using Histoseg.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>The weight gradients of a <see cref="CrossProblem"/>: runs of the pixels side by side, then their sum in order.</summary>
/// <param name="device">The GPU.</param>
/// <param name="problem">A weight gradient.</param>
/// <param name="blocks">Blocks of one run.</param>
/// <param name="shares">Runs that the pixels have enough work for.</param>
internal abstract class CrossWeightGradient(CudaDevice device, CrossProblem problem, long blocks, long shares) : CrossImplementation(device, problem)
{
    /// <summary>Source and target channels of a block.</summary>
    protected const int Side = 32;

    /// <summary>Rows of a tile of the tensor-core kernels.</summary>
    protected const int TileRows = 8;

    private const long MostPartialBytes = 64 << 20;
    private const int MostRuns = 65535;

    // A block for each multiprocessor where the pixels give that many enough to do: sums are written and read once per run.
    private readonly long _runs = Math.Clamp(
        Math.Min(shares, Math.Min(device.Multiprocessors / blocks, MostPartialBytes / (2 * problem.WeightCount * sizeof(float)))), 1, MostRuns);

    public override bool IsTrusted => true;

    public override long WorkspaceBytes => _runs > 1 ? _runs * 2 * Problem.WeightCount * sizeof(float) : 0;

    /// <summary>Tiles of source times those of target channels.</summary>
    protected static long Tiles(CrossProblem problem) => (long)CrossPlan.Ceiling(problem.Source.C, Side) * CrossPlan.Ceiling(problem.Targets, Side);

    /// <summary>Runs that the tiles of a map have enough work for.</summary>
    protected static long SharesOf(CrossProblem problem) => CrossPlan.Tiles(problem.Source, TileRows) / 4;

    /// <summary>The launch that writes each run's sums.</summary>
    /// <param name="runs">How many runs.</param>
    /// <param name="arguments">What the kernels begin with: maps, dys, where the sums go, how far those of two runs lie apart, and sizes.</param>
    protected abstract CudaLaunch Multiply(uint runs, KernelArgument[] arguments);

    protected override IEnumerable<CudaLaunch> Launches(CrossTensors t)
    {
        var (map, count, isPartial) = (Problem.Source, Problem.WeightCount, _runs > 1);
        KernelArgument rowOut = isPartial ? new Workspace(0) : t.RowWeight, columnOut = isPartial ? new Workspace(count * sizeof(float)) : t.ColumnWeight;
        yield return Multiply((uint)_runs,
        [
            t.RowSource, t.ColumnSource, t.RowTarget, t.ColumnTarget, rowOut, columnOut, 2 * count, map.N, map.H, map.W, map.C, Problem.Targets, Problem.K,
        ]);
        if (isPartial)
            yield return LaunchOver("gicn_weight", "cross_weight_sum", 2 * count, new Workspace(0), t.RowWeight, t.ColumnWeight, count, (int)_runs);
    }
}

/// <summary>On tensor cores (<c>kernels/gicn_weight.cu</c>).</summary>
internal sealed class TensorCoreCrossWeightGradient(CudaDevice device, CrossProblem problem)
    : CrossWeightGradient(device, problem, Tiles(problem), SharesOf(problem))
{
    public override string Name => "own 32x32";

    protected override CudaLaunch Multiply(uint runs, KernelArgument[] arguments)
    {
        var (k, joined) = (Problem.K, Problem.Joined);
        var (held, pixels) = (k <= 8 ? 2 : k <= 12 ? 3 : 4, CrossPlan.CrossPixels(TileRows, k, joined) + (joined ? 1 : 2) * TileRows * 17);
        var grid = new Dim3((uint)CrossPlan.Ceiling(Problem.Source.C, Side), (uint)CrossPlan.Ceiling(Problem.Targets, Side), runs);
        return Launch("gicn_weight", $"{Problem.Entry}_{held}", grid, 256, 2 * pixels * Side * sizeof(ushort), arguments);
    }
}

/// <summary>On tensor cores by the kernels for compute capability 9.0 (<c>kernels/gicn_weight_hopper.cu</c>): of two kernels that read one map.</summary>
internal sealed class HopperCrossWeightGradient(CudaDevice device, CrossProblem problem)
    : CrossWeightGradient(device, problem, (long)CrossPlan.Ceiling(problem.Source.C, Sources) * Columns(problem), SharesOf(problem))
{
    private const int Sources = 64, Taps = 7, Stages = 2, DyBytes = 2 * TileRows * 16 * Side * sizeof(ushort);

    public override string Name => "hopper 64x32";

    public override bool IsTrusted => false;

    /// <summary>Whether it takes a problem.</summary>
    public static bool Serves(CrossProblem problem) => !problem.Joined;

    protected override CudaLaunch Multiply(uint runs, KernelArgument[] arguments)
    {
        var stageBytes = DyBytes + CrossPlan.CrossPixels(TileRows, Problem.K, joined: false) * Sources * sizeof(ushort);
        return Launch("gicn_weight_hopper", Problem.Entry, new Dim3((uint)CrossPlan.Ceiling(Problem.Source.C, Sources), (uint)Columns(Problem), runs), 256,
            HopperTile.PatternBytes + Stages * stageBytes, arguments);
    }

    // Tiles of target channels, each with all groups of taps.
    private static int Columns(CrossProblem problem) => CrossPlan.Ceiling(problem.Targets, Side) * CrossPlan.Ceiling(problem.K, Taps);
}

/// <summary>Without tensor cores, for float32 and for channels and kernels of any size (<c>kernels/gicn_plain.cu</c>).</summary>
internal sealed class PlainCrossWeightGradient(CudaDevice device, CrossProblem problem)
    : CrossWeightGradient(device, problem, Tiles(problem) * 2 * problem.K, problem.Source.Pixels / 256)
{
    public override string Name => "own plain";

    protected override CudaLaunch Multiply(uint runs, KernelArgument[] arguments) =>
        Launch("gicn_plain", $"cross_weight_{Problem.Suffix}", new Dim3((uint)Tiles(Problem), (uint)(2 * Problem.K), runs), 256, 0, arguments);
}
