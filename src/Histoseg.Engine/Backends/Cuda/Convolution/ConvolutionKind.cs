namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>Which of its three tensors a convolution computes.</summary>
internal enum ConvolutionKind
{
    /// <summary>y from x and weight (O, KH, KW, I).</summary>
    Forward,
    /// <summary>y from x and weight (I, KH, KW, O): a transposed convolution, or the gradient of a convolution's input.</summary>
    Transposed,
    /// <summary>dweight (O, KH, KW, I), float32, from x and dy.</summary>
    WeightGradient,
}
