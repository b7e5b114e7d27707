using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cpu.Quantised;

/// <summary>The tensors a quantised convolution works on.</summary>
/// <param name="Source">The map read, bytes, NHWC.</param>
/// <param name="Weight">(A, taps, B), float.</param>
/// <param name="WeightScale">What a step of each output channel's weights is worth.</param>
/// <param name="WeightIsConstant">Whether no run changes the weights.</param>
/// <param name="WeightTransposed">False: A is the output channel, B the input channel (convolution). True: the reverse (transposed convolution).</param>
/// <param name="Bias">One per output channel, or null.</param>
/// <param name="Residual">Of the target's shape, or null.</param>
/// <param name="Relu">Whether negative results become 0.</param>
/// <param name="Target">The map written, NHWC.</param>
/// <param name="Input">What the source's bytes are worth.</param>
/// <param name="ResidualBytes">What the residual's bytes are worth; null: it is float.</param>
/// <param name="TargetBytes">What the target's bytes are worth; null: it is float.</param>
internal readonly record struct QuantisedTensors(nint Source, nint Weight, nint WeightScale, bool WeightIsConstant, bool WeightTransposed, nint Bias,
    nint Residual, bool Relu, nint Target, Quantisation Input, Quantisation? ResidualBytes, Quantisation? TargetBytes);
