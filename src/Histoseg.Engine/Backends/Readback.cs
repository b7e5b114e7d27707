using System.Numerics;

namespace Histoseg.Engine.Backends;

/// <summary>Keeps what some small values were after each of several runs, without making the device wait for the reader.</summary>
/// <typeparam name="T">float or double.</typeparam>
public abstract class Readback<T> : IDisposable where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Most runs that can be posted before they are drained.</summary>
    public abstract int Capacity { get; }

    /// <summary>Runs posted and not drained.</summary>
    public abstract int Count { get; }

    /// <summary>Remembers the values as the runs so far leave them.</summary>
    /// <exception cref="InvalidOperationException">There is no room; drain first.</exception>
    public abstract void Post();

    /// <summary>Waits for the posted runs and gives the values of each, one after another in the order the values were named, oldest run first.</summary>
    public abstract IReadOnlyList<T[]> Drain();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees its memory.</summary>
    protected abstract void Dispose(bool disposing);
}
