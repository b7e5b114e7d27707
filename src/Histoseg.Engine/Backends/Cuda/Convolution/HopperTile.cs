namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>A block shape that the kernels for compute capability 9.0 come in (<c>kernels/hopper.cuh</c>).</summary>
/// <param name="Name">How the kernels' names end.</param>
/// <param name="Groups">Groups of four warps that multiply; one more fetches.</param>
/// <param name="Rows">Rows of a block.</param>
/// <param name="Columns">Columns of a block.</param>
/// <param name="Stages">Steps in shared memory at a time.</param>
internal sealed record HopperTile(string Name, int Groups, int Rows, int Columns, int Stages)
{
    /// <summary>Elements of k in a step, and channels of a piece of columns.</summary>
    public const int Step = 64;

    private const int GroupThreads = 128, RowBytes = 128, PatternBytes = 1024, BarrierBytes = 8;

    private static readonly HopperTile[] Convolutions =
    [
        new("128x256", 2, 128, 256, 4), new("256x128", 2, 256, 128, 4), new("128x128", 1, 128, 128, 3), new("128x64", 2, 128, 64, 4),
    ];

    private static readonly HopperTile[] Gradients = [new("128x256", 2, 128, 256, 4), new("128x128", 1, 128, 128, 3), new("64x128", 1, 64, 128, 4)];

    /// <summary>Threads per block.</summary>
    public int Threads => (Groups + 1) * GroupThreads;

    /// <summary>Dynamic shared memory of a block: the stages from a multiple of 1024 on, and two barriers for each.</summary>
    public int SharedBytes => PatternBytes + Stages * ((Rows + Columns) * RowBytes + 2 * BarrierBytes);

    /// <summary>The shapes there are for a problem; none where the GPU or the problem is not for them.</summary>
    public static IReadOnlyList<HopperTile> For(CudaDevice device, ConvolutionProblem problem)
    {
        // Pieces of 16 bytes, and offsets and coordinates as the kernels hold them.
        const int piece = 8, mostSide = 30_000;
        var (source, target) = (problem.Source, problem.Target);
        var isServed = device.ComputeCapability == 90 && problem.Precision == Precision.Bf16 && source.C % piece == 0
            && (problem.Kind == ConvolutionKind.Forward || target.C % piece == 0)
            && source.Count < int.MaxValue && target.Pixels < int.MaxValue && Math.Max(source.H, source.W) <= mostSide;
        return !isServed ? [] : problem.Kind == ConvolutionKind.WeightGradient ? Gradients : Convolutions;
    }
}
