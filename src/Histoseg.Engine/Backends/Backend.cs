using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends;

/// <summary>A device that compiles tapes for training and inference.</summary>
public abstract class Backend : IDisposable
{
    /// <summary>The device in words, for reports: "CPU, 8 threads, AVX2".</summary>
    public abstract string Description { get; }

    /// <summary>Plans memory for a finished tape and binds every node to its kernel.</summary>
    /// <exception cref="EngineError">There is not enough memory.</exception>
    /// <exception cref="TapeError">The tape breaks a rule.</exception>
    public abstract Program<float> Compile(Tape tape);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the device.</summary>
    protected abstract void Dispose(bool disposing);
}
