using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>A convolution without its memory: what an implementation is made for and what a measurement is remembered under.</summary>
/// <param name="Kind">What is computed.</param>
/// <param name="Window">How the kernel lies on the map.</param>
/// <param name="Source">The map read: x.</param>
/// <param name="Target">The map written: y. For a weight gradient the other map read: dy.</param>
/// <param name="Precision">Number type of both maps and of the weight, and how they are multiplied.</param>
/// <param name="HasBias">Whether a float32 bias per target channel is added.</param>
/// <param name="HasResidual">Whether a map of the target's shape is added.</param>
/// <param name="Relu">Whether negative results become 0.</param>
/// <param name="KeepsNaN">Whether a NaN must pass the ReLU, so that training that diverges is noticed; libraries' own ReLU makes it 0.</param>
internal sealed record ConvolutionProblem(
    ConvolutionKind Kind, ConvWindow Window, Shape Source, Shape Target, Precision Precision, bool HasBias = false, bool HasResidual = false, bool Relu = false,
    bool KeepsNaN = false) : IProblem<ConvolutionTensors>
{
    /// <summary>The problem as a tape poses it: where parameters are trained, a NaN must pass.</summary>
    public ConvolutionProblem On(Tape tape) => this with { KeepsNaN = Relu && tape.Nodes.Any(node => node.Op is SgdUpdate) };

    /// <summary>Which source pixels each target pixel reads.</summary>
    public TapGeometry Geometry => Kind == ConvolutionKind.Transposed
        ? TapGeometry.Transposed(Window, Source, Target)
        : TapGeometry.Convolution(Window, Source, Target);

    /// <summary>The weight or its gradient, (rows, KH, KW, columns).</summary>
    public Shape Weight => Kind == ConvolutionKind.Transposed
        ? new(Source.C, Window.KernelH, Window.KernelW, Target.C)
        : new(Target.C, Window.KernelH, Window.KernelW, Source.C);

    /// <summary>Element type of maps and weights.</summary>
    public CudaElement Element => Precision == Precision.Bf16 ? CudaElement.BFloat16 : CudaElement.Float32;

    /// <summary>How modules and kernels for this precision end.</summary>
    public string Suffix => Precision switch { Precision.Bf16 => "bf16", Precision.Tf32 => "tf32", _ => "f32" };

    /// <summary>Elements in 16 bytes.</summary>
    public int ElementsPerPiece => 16 / CudaTensor.BytesOf(Element);

    /// <inheritdoc/>
    /// <remarks>
    /// bfloat16: both round their sums to 8 bits, and a library's bias or weight gradient once more. tf32: libraries may cut operands to 10 bits
    /// where the own kernels round. float32: sums in another order, or transformed ones; too tight for products in tf32.
    /// </remarks>
    public double Tolerance => Precision switch
    {
        Precision.Bf16 => 1.0 / 64,
        Precision.Tf32 => 1.0 / 256,
        _ => 1.0 / 16384,
    };

    /// <inheritdoc/>
    public long Products => (Kind == ConvolutionKind.Transposed ? Source.Pixels : Target.Pixels) * Source.C * Target.C * Window.Taps;

    /// <summary>Whether every pixel is a row of a plain matrix product: 1×1, stride 1, no padding.</summary>
    public bool IsMatrixProduct => Window is { KernelH: 1, KernelW: 1, StrideH: 1, StrideW: 1, PadH: 0, PadW: 0 };

    /// <inheritdoc/>
    public ConvolutionTensors In(TrialMemory memory)
    {
        var isGradient = Kind == ConvolutionKind.WeightGradient;
        return new(memory.Random(Source, Element), isGradient ? memory.Result(Weight, CudaElement.Float32) : memory.Random(Weight, Element),
            isGradient ? memory.Random(Target, Element) : memory.Result(Target, Element),
            HasBias ? memory.Random(Shape.Vector(Target.C), CudaElement.Float32) : 0, HasResidual ? memory.Random(Target, Element) : 0);
    }

    /// <summary>The problem in one line.</summary>
    public override string ToString() =>
        $"{Kind} {Source} {Target} k{Window.KernelH},{Window.KernelW} s{Window.StrideH},{Window.StrideW}"
        + $" p{Window.PadH},{Window.PadW} d{Window.DilationH},{Window.DilationW} {Suffix}"
        + (HasBias ? " bias" : "") + (HasResidual ? " residual" : "") + (Relu ? " relu" : "") + (Relu && KeepsNaN ? " nan" : "");
}
