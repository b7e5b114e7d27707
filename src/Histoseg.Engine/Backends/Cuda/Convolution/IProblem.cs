namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>Something of which the fastest of several implementations is chosen. As text it is what a measurement is remembered under.</summary>
internal interface IProblem
{
    /// <summary>Products computed, those with zeros outside the map included.</summary>
    long Products { get; }

    /// <summary>Largest difference from the trusted implementation's result that another may show, as a share of the largest result.</summary>
    double Tolerance { get; }
}

/// <summary>The same with its tensors.</summary>
/// <typeparam name="TTensors">Device addresses of its tensors.</typeparam>
internal interface IProblem<out TTensors> : IProblem
{
    /// <summary>Memory for its tensors, as implementations are tried on it.</summary>
    TTensors In(TrialMemory memory);
}
