namespace Histoseg.Engine.Backends;

/// <summary>Cuts patches of a picture into a program's input, where the program runs: each block of the picture goes there once.</summary>
public abstract class PatchInput : IDisposable
{
    /// <summary>Puts patches into the input, the first of them first; what it held behind them stays.</summary>
    /// <param name="patches">As many as a run takes, or less. Their blocks may change again once this returns.</param>
    /// <param name="turn">How each is flipped and turned, 0…7, see <see cref="SquareTurn.Of"/>; 0: not.</param>
    /// <exception cref="EngineError">The device failed.</exception>
    public abstract void Put(IReadOnlyList<PatchCut> patches, int turn);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the blocks.</summary>
    protected abstract void Dispose(bool disposing);
}
