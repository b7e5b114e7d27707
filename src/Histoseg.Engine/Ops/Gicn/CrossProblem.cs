using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>A pair of a 1×k and a k×1 convolution without its memory.</summary>
/// <param name="Kind">What is computed.</param>
/// <param name="Joined">Two maps are read and their convolutions added, instead of one that is read by both.</param>
/// <param name="Source">The map or maps read.</param>
/// <param name="Targets">Channels of the map or maps written; for a weight gradient of dy, which is read.</param>
/// <param name="K">Taps of each kernel.</param>
/// <param name="Precision">Number type of maps and weights.</param>
/// <param name="HasBias">Whether each kernel adds a float32 bias per target channel.</param>
internal sealed record CrossProblem(
    ConvolutionKind Kind, bool Joined, Shape Source, int Targets, int K, Precision Precision, bool HasBias = false) : IProblem<CrossTensors>
{
    // Channels of a piece of 16 bytes, and as many taps as the kernels have room for.
    private const int Piece = 8, MostTaps = 15;

    /// <summary>The problem that a node poses, or null if it poses none.</summary>
    public static CrossProblem? Of(Node node, Precision precision)
    {
        var source = node.Inputs[0].Shape;
        return node.Op switch
        {
            CrossConv2d op => new(ConvolutionKind.Forward, false, source, node.Outputs[0].Shape.C, op.K, precision, HasBias: true),
            CrossConv2dInputGradient op => new(ConvolutionKind.Transposed, true, source, node.Outputs[0].Shape.C, op.K, precision),
            CrossConv2dWeightGradient op => new(ConvolutionKind.WeightGradient, false, source, node.Inputs[1].Shape.C, op.K, precision),
            CrossSumConv2d op => new(ConvolutionKind.Forward, true, source, node.Outputs[0].Shape.C, op.K, precision, HasBias: true),
            CrossSumConv2dInputGradient op => new(ConvolutionKind.Transposed, false, source, node.Outputs[0].Shape.C, op.K, precision),
            CrossSumConv2dWeightGradient op => new(ConvolutionKind.WeightGradient, true, source, node.Inputs[2].Shape.C, op.K, precision),
            _ => null,
        };
    }

    /// <summary>Element type of maps and weights.</summary>
    public CudaElement Element => Precision == Precision.Bf16 ? CudaElement.BFloat16 : CudaElement.Float32;

    /// <summary>How kernels for it end that come for each element type.</summary>
    public string Suffix => Precision == Precision.Bf16 ? "bf16" : "f32";

    /// <inheritdoc/>
    public long Products => 2 * Source.Count * Targets * K;

    /// <inheritdoc/>
    /// <remarks>Products are the same: sums in another order, and of a map in bfloat16 each its last bit, a 128th of the largest number at most.</remarks>
    public double Tolerance => Kind != ConvolutionKind.WeightGradient && Precision == Precision.Bf16 ? 1.0 / 128 : 1e-4;

    /// <summary>The map or maps written, or dy.</summary>
    public Shape Target => Source with { C = Targets };

    /// <summary>Elements of one kernel's weight.</summary>
    public long WeightCount => (long)Targets * K * Source.C;

    /// <summary>
    /// Whether the tensor-core kernels take these maps: they copy eight channels at a time, have room for 15 taps of each
    /// kernel and count within an image in 32 bits.
    /// </summary>
    public bool OnTensorCores =>
        K <= MostTaps && Element == CudaElement.BFloat16 && Source.C % Piece == 0 && Targets % Piece == 0
        && Math.Max(Source.Count, Target.Count) / Source.N <= int.MaxValue;

    /// <summary>How the names of kernels for it begin.</summary>
    public string Entry => Kind == ConvolutionKind.WeightGradient
        ? $"cross_weight_{(Joined ? "joined" : "split")}"
        : $"cross_{(Joined ? "joined" : "split")}{(Kind == ConvolutionKind.Transposed ? "_transposed" : "")}";

    /// <inheritdoc/>
    public CrossTensors In(TrialMemory memory)
    {
        var (row, column) = Kind == ConvolutionKind.Transposed
            ? (new Shape(Source.C, 1, K, Targets), new Shape(Source.C, K, 1, Targets)) : (new(Targets, 1, K, Source.C), new(Targets, K, 1, Source.C));
        var isGradient = Kind == ConvolutionKind.WeightGradient;
        ulong NextSource() => memory.Random(Source, Element);
        ulong Weight(Shape shape) => isGradient ? memory.Result(shape, CudaElement.Float32) : memory.Random(shape, Element);
        ulong NextTarget() => isGradient ? memory.Random(Target, Element) : memory.Result(Target, Element);
        ulong Bias() => HasBias ? memory.Random(Shape.Vector(Targets), CudaElement.Float32) : 0;
        var (source, target) = (NextSource(), NextTarget());
        return new(source, Joined ? NextSource() : source, Weight(row), Weight(column), Bias(), Bias(), target, Joined ? target : NextTarget());
    }

    /// <summary>The problem in one line.</summary>
    public override string ToString() => $"{Entry} {Source} {Targets} k{K} {Suffix}{(HasBias ? " bias" : "")}";
}

/// <summary>Device addresses of the tensors of a <see cref="CrossProblem"/>.</summary>
/// <param name="RowSource">What the 1×k (row) kernel reads.</param>
/// <param name="ColumnSource">What the k×1 (column) kernel reads: the same unless joined.</param>
/// <param name="RowWeight">The 1×k weight, or its gradient, which is written.</param>
/// <param name="ColumnWeight">The k×1 weight, or its gradient.</param>
/// <param name="RowBias">float32, one per target channel, or 0.</param>
/// <param name="ColumnBias">The same of the k×1 kernel.</param>
/// <param name="RowTarget">What the 1×k kernel writes; for a weight gradient its dy.</param>
/// <param name="ColumnTarget">What the k×1 kernel writes, or its dy: the same where joined.</param>
internal readonly record struct CrossTensors(
    ulong RowSource, ulong ColumnSource, ulong RowWeight, ulong ColumnWeight, ulong RowBias, ulong ColumnBias, ulong RowTarget, ulong ColumnTarget);
