using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Backends;

/// <summary>A device that compiles tapes for training and inference.</summary>
public abstract class Backend : IDisposable
{
    /// <summary>The device in words, for reports: "CPU, 8 threads, AVX2".</summary>
    public abstract string Description { get; }

    /// <summary>Number type of activations; float32 on the processor.</summary>
    public abstract Precision Precision { get; }

    /// <summary>
    /// Whether a run returns before it is done, because something else than the processor computes it: then callers read ahead, and look at results later.
    /// </summary>
    public abstract bool RunsAsynchronously { get; }

    /// <summary>Patches per forward pass that suit it where nobody asks for another number.</summary>
    public abstract int PreferredBatch { get; }

    /// <summary>
    /// Threads that should read slides beside a network: one where the network computes on the cores itself, several for a device that is faster than one
    /// can read.
    /// </summary>
    public abstract int Readers { get; }

    /// <summary>
    /// Whether it runs convolutions of bytes (<see cref="Ops.QuantisedConvolution"/>); a device that does not runs a quantised model with its weights as real
    /// numbers.
    /// </summary>
    public abstract bool RunsQuantised { get; }

    /// <summary>Bytes of memory that a program's plan may take.</summary>
    public abstract long UsableMemory();

    /// <summary>
    /// Bytes a tape needs: intermediates, parameters, state and inputs; on a processor also the operations' workspace, which on a GPU comes on top.
    /// </summary>
    public abstract long BytesNeeded(Tape tape);

    /// <summary>Plans memory for a finished tape and binds every node to its kernel.</summary>
    /// <exception cref="DeviceMemoryError">There is not enough memory.</exception>
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
