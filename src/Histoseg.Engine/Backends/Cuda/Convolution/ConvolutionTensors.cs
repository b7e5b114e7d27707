namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>Device addresses of a convolution's tensors.</summary>
/// <param name="Source">The map read, NHWC.</param>
/// <param name="Weight">The weight, or the weight gradient that is written.</param>
/// <param name="Target">The map written; for a weight gradient dy.</param>
/// <param name="Bias">float32, one per target channel, or 0.</param>
/// <param name="Residual">Of the target's shape and type, or 0.</param>
internal readonly record struct ConvolutionTensors(ulong Source, ulong Weight, ulong Target, ulong Bias = 0, ulong Residual = 0);
