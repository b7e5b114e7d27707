namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>Something of which the fastest of several implementations is chosen. As text it is what a measurement is remembered under.</summary>
/// <typeparam name="TTensors">Device addresses of its tensors.</typeparam>
internal interface IProblem<out TTensors>
{
    /// <summary>Number type of maps and weights, and how they are multiplied.</summary>
    Precision Precision { get; }

    /// <summary>Memory for its tensors, as implementations are tried on it.</summary>
    TTensors In(TrialMemory memory);
}
