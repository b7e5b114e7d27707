namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>A block shape the engine's own convolution kernels come in (<c>kernels/conv.cuh</c>).</summary>
/// <param name="Name">How the kernels' names end.</param>
/// <param name="Rows">Rows of a block.</param>
/// <param name="Columns">Columns of a block.</param>
/// <param name="WarpRows">Rows of a warp.</param>
/// <param name="WarpColumns">Columns of a warp.</param>
/// <param name="Stages">Steps in shared memory at a time.</param>
/// <param name="Splits">Whether k is cut into slices, whose sums a second kernel adds.</param>
internal sealed record OwnTile(string Name, int Rows, int Columns, int WarpRows, int WarpColumns, int Stages, bool Splits = false)
{
    private const int StepBytes = 64, SliceRows = 16, SlicePadding = 8;

    private static readonly OwnTile[] TensorCores =
    [
        new("256x128", 256, 128, 64, 64, 4), new("128x128", 128, 128, 64, 64, 4), new("128x64", 128, 64, 64, 32, 4),
        new("64x64", 64, 64, 32, 32, 4), new("128x32", 128, 32, 32, 32, 4),
        new("split_128x64", 128, 64, 64, 32, 4, true), new("split_64x64", 64, 64, 32, 32, 4, true),
    ];

    private static readonly OwnTile[] Plain =
    [
        new("128x128", 128, 128, 32, 64, 3), new("128x64", 128, 64, 32, 64, 3), new("64x64", 64, 64, 32, 32, 3), new("128x32", 128, 32, 32, 32, 3),
        new("split_128x64", 128, 64, 32, 64, 3, true), new("split_64x64", 64, 64, 32, 32, 3, true),
    ];

    private static readonly OwnTile[] TensorCoreGradients =
    [
        new("128x128", 128, 128, 64, 64, 4), new("64x128", 64, 128, 32, 64, 4), new("64x64", 64, 64, 32, 32, 4),
    ];

    private static readonly OwnTile[] PlainGradients =
    [
        new("128x128", 128, 128, 32, 64, 3), new("64x128", 64, 128, 32, 64, 3), new("64x64", 64, 64, 32, 32, 3),
    ];

    private static readonly OwnTile[] Gathering = [new("gather_64x64", 64, 64, 32, 32, 2)];

    /// <summary>Threads per block.</summary>
    public int Threads => Rows / WarpRows * (Columns / WarpColumns) * 32;

    /// <summary>The shapes there are for a problem; only the gathering one where 16-byte pieces would straddle pixels.</summary>
    public static IReadOnlyList<OwnTile> For(ConvolutionProblem problem)
    {
        var whole = problem.Source.C % problem.ElementsPerPiece == 0
            && (problem.Kind == ConvolutionKind.Forward || problem.Target.C % problem.ElementsPerPiece == 0);
        return (whole, problem.Kind, problem.Precision) switch
        {
            (false, _, _) => Gathering,
            (_, ConvolutionKind.WeightGradient, Precision.Fp32) => PlainGradients,
            (_, ConvolutionKind.WeightGradient, _) => TensorCoreGradients,
            (_, _, Precision.Fp32) => Plain,
            _ => TensorCores,
        };
    }

    /// <summary>Dynamic shared memory of a block: the stages, or the slices through which the sums leave.</summary>
    /// <param name="element">Element type of the operands.</param>
    /// <param name="acrossA">Whether rows of A lie across k in shared memory.</param>
    /// <param name="acrossB">Whether columns of B do.</param>
    public int SharedBytes(CudaElement element, bool acrossA, bool acrossB)
    {
        // A tile of float32 across k has 32 bytes of padding in each of its 16 rows.
        var padding = element == CudaElement.Float32 ? 16 * 32 : 0;
        var stage = (Rows + Columns) * StepBytes + (acrossA ? padding : 0) + (acrossB ? padding : 0);
        return Math.Max(Stages * stage, Threads / 32 * SliceRows * (WarpColumns + SlicePadding) * sizeof(float));
    }

    /// <summary>An estimate of the time each step of k takes: waves of blocks, each as long as its products and its copies.</summary>
    public double Cost(long blocks, int multiprocessors)
    {
        var atOnce = multiprocessors * (long)Math.Max(1, 256 / Threads);
        return (blocks + atOnce - 1) / atOnce * Math.Max(1, 256 / Threads) * (Rows * (double)Columns + 24 * (Rows + Columns));
    }
}
