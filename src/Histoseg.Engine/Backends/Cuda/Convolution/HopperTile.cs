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

    /// <summary>What of shared memory the kernels leave out so that it begins at a multiple of this, as eight rows of 128 bytes do.</summary>
    public const int PatternBytes = 1024;

    private const int GroupThreads = 128, RowBytes = 128, BarrierBytes = 8;

    // CUDA programming guide: of compute capability 9.0, and what the system takes of each block's.
    private const int MultiprocessorBytes = 228 << 10, ReservedBytes = 1 << 10;

    private static readonly HopperTile[] Convolutions =
    [
        new("128x256", 2, 128, 256, 4), new("256x128", 2, 256, 128, 4), new("128x128", 1, 128, 128, 3), new("128x64", 2, 128, 64, 4),
    ];

    private static readonly HopperTile[] Gradients = [new("128x256", 2, 128, 256, 4), new("128x128", 1, 128, 128, 3), new("64x128", 1, 64, 128, 4)];

    /// <summary>Threads per block.</summary>
    public int Threads => (Groups + 1) * GroupThreads;

    /// <summary>Dynamic shared memory of a block: the stages from a multiple of 1024 on, and two barriers for each.</summary>
    public int SharedBytes => PatternBytes + Stages * ((Rows + Columns) * RowBytes + 2 * BarrierBytes);

    /// <summary>Blocks that a multiprocessor's shared memory has room for.</summary>
    public int BlocksAtOnce => MultiprocessorBytes / (SharedBytes + ReservedBytes);

    /// <summary>Whether a GPU runs them, and they are not left out.</summary>
    public static bool RunsOn(CudaDevice device) => device is { ComputeCapability: 90, OnlyPortable: false };

    /// <summary>The shapes there are for a problem; none where the GPU or the problem is not for them.</summary>
    public static IReadOnlyList<HopperTile> For(CudaDevice device, ConvolutionProblem problem)
    {
        // Pieces of 16 bytes, and places as the kernels hold them: 16 bits of line and column, 32 of an element. A pixel's place may lie as far beyond the
        // map as padding lets it.
        const int piece = 8, mostSide = 30_000;
        var (source, target, geometry) = (problem.Source, problem.Target, problem.Geometry);
        var lastLine = (geometry.Phases.Max(p => p.Height) - 1L) * geometry.SourceStrideH;
        var lastColumn = (geometry.Phases.Max(p => p.Width) - 1L) * geometry.SourceStrideW;
        var last = (((source.N - 1L) * source.H + lastLine) * source.W + lastColumn + 1) * source.C;
        var isServed = RunsOn(device) && problem.Precision == Precision.Bf16
            && source.C % piece == 0 && target.C % piece == 0
            && Math.Max(source.Count, last) < int.MaxValue && target.Pixels < int.MaxValue
            && Math.Max(Math.Max(source.H, source.W), Math.Max(lastLine, lastColumn)) <= mostSide;
        return !isServed ? [] : problem.Kind == ConvolutionKind.WeightGradient ? Gradients : Convolutions;
    }
}
