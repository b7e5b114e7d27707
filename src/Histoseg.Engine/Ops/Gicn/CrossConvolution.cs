using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>
/// The convolutions of a <see cref="CrossProblem"/>, forward or transposed, on tensor cores (<c>kernels/gicn.cu</c>), or by the kernels that compute
/// capability 9.0 alone has (<c>kernels/gicn_hopper.cu</c>).
/// </summary>
internal sealed class CrossConvolution : CrossImplementation
{
    private readonly bool _isHopper;
    private readonly CrossPlan _plan;

    public CrossConvolution(CudaDevice device, CrossProblem problem, bool isHopper) : base(device, problem) =>
        (_isHopper, _plan) = (isHopper, Plan(device, problem, isHopper));

    public override string Name => $"{(_isHopper ? "hopper" : "own")} {_plan.Rows}x16";

    public override bool IsTrusted => !_isHopper;

    public override long WorkspaceBytes => _plan.Splits > 1 ? _plan.Splits * Sums * sizeof(float) : 0;

    private int Outputs => Problem.Joined ? 1 : 2;

    private long Sums => Outputs * Problem.Target.Count;

    /// <summary>Whether the kernels for compute capability 9.0 take a problem.</summary>
    public static bool HopperServes(CudaDevice device, CrossProblem problem) => Plan(device, problem, isHopper: true).Rows == CrossPlan.HighRows;

    private static CrossPlan Plan(CudaDevice device, CrossProblem problem, bool isHopper) =>
        CrossPlan.For(problem.Source, problem.Targets, problem.K, problem.Joined, device.Multiprocessors, isHopper);

    protected override IEnumerable<CudaLaunch> Launches(CrossTensors t)
    {
        var source = Problem.Source;
        KernelArgument partial = _plan.Splits > 1 ? new Workspace(0) : 0UL;
        yield return Launch(_isHopper ? "gicn_hopper" : "gicn", $"{Problem.Entry}_{_plan.Rows}",
            new Dim3((uint)_plan.PixelTiles, (uint)_plan.ChannelGroups, (uint)_plan.Splits), Problem.Joined ? 128 : 256, _plan.SharedBytes,
            t.RowSource, t.ColumnSource, t.RowWeight, t.ColumnWeight, t.RowBias, t.ColumnBias, t.RowTarget, t.ColumnTarget, partial,
            source.N, source.H, source.W, source.C, Problem.Targets, Problem.K, _plan.Stages, _plan.StepsPerSplit, _plan.TilesPerBlock);
        if (_plan.Splits > 1)
            yield return LaunchOver("gicn", "cross_sum", Sums / 4, partial, t.RowBias, t.ColumnBias, t.RowTarget, t.ColumnTarget,
                Problem.Target.Count, Outputs, Problem.Targets, _plan.Splits);
    }
}

/// <summary>The same without tensor cores, for float32 and for channels and kernels of any size (<c>kernels/gicn_plain.cu</c>).</summary>
internal sealed class PlainCrossConvolution(CudaDevice device, CrossProblem problem) : CrossImplementation(device, problem)
{
    private const int BlockPixels = 64, BlockTargets = 32;

    public override string Name => "own plain";

    public override bool IsTrusted => true;

    public override long WorkspaceBytes => 0;

    protected override IEnumerable<CudaLaunch> Launches(CrossTensors t)
    {
        var source = Problem.Source;
        var grid = new Dim3((uint)((source.Pixels + BlockPixels - 1) / BlockPixels), (uint)CrossPlan.Ceiling(Problem.Targets, BlockTargets));
        yield return Launch("gicn_plain", $"{Problem.Entry}_{Problem.Suffix}", grid, 128, 0, t.RowSource, t.ColumnSource, t.RowWeight, t.ColumnWeight,
            t.RowBias, t.ColumnBias, t.RowTarget, t.ColumnTarget, source.N, source.H, source.W, source.C, Problem.Targets, Problem.K);
    }
}
