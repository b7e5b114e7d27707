namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>One way to compute one <see cref="ConvolutionProblem"/>.</summary>
internal interface IConvolution : IImplementation<ConvolutionTensors>;
