namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>One way to compute one problem.</summary>
/// <typeparam name="TTensors">Device addresses of the problem's tensors.</typeparam>
internal interface IImplementation<in TTensors> : IDisposable
{
    /// <summary>Implementation and algorithm in a few words, the same on every machine: what the cache of measurements remembers.</summary>
    string Name { get; }

    /// <summary>Bytes of workspace a run needs.</summary>
    long WorkspaceBytes { get; }

    /// <summary>Whether it is one of the engine's own kernels that every GPU runs: what others are compared with.</summary>
    bool IsTrusted => false;

    /// <summary>Takes the tensors to work on from now on.</summary>
    void Bind(TTensors tensors);

    /// <summary>Computes on the compute stream. Allocates nothing and does not wait.</summary>
    /// <param name="workspace">Address of <see cref="WorkspaceBytes"/> bytes that nothing else uses meanwhile.</param>
    void Run(ulong workspace);
}
