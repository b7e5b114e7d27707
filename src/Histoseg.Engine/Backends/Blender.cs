namespace Histoseg.Engine.Backends;

/// <summary>
/// Adds up weighted probabilities of overlapping patches in a band of a slide, where the program that answers runs, and decides finished rows there.
/// </summary>
/// <remarks>
/// The band is a ring of as many rows as a patch has: patches must come top to bottom, and the rows above a patch must have been posted
/// before it is added. Nothing waits for the device but <see cref="Collect"/>. All backends give the same bits for the same probabilities.
/// </remarks>
public abstract class Blender : IDisposable
{
    /// <summary>Most rows one post takes.</summary>
    public abstract int RowsPerPost { get; }

    /// <summary>Posts not yet collected.</summary>
    public abstract int Pending { get; }

    /// <summary>Most posts that can wait.</summary>
    public abstract int Posts { get; }

    /// <summary>
    /// Takes the answers of the program's last run for those of the batch's patches in one of their turns. The mean is there after all eight, in order.
    /// </summary>
    /// <param name="turn">Number of the turn the patches were shown in, 0…7; 0 begins a new batch.</param>
    /// <param name="count">Patches of the batch.</param>
    /// <exception cref="InvalidOperationException">The layout asks for no turns.</exception>
    public abstract void TakeTurn(int turn, int count);

    /// <summary>Adds a patch of the program's last run, or of the last eight turns.</summary>
    /// <param name="slot">Which of the batch.</param>
    /// <param name="x">Its left edge on the slide.</param>
    /// <param name="y">Its upper edge.</param>
    /// <param name="column">Index into the column weights.</param>
    /// <param name="row">Index into the row weights.</param>
    public abstract void Add(int slot, int x, int y, int column, int row);

    /// <summary>Adds a patch that is class 0 everywhere.</summary>
    /// <param name="x">Its left edge on the slide.</param>
    /// <param name="y">Its upper edge.</param>
    /// <param name="column">Index into the column weights.</param>
    /// <param name="row">Index into the row weights.</param>
    public abstract void AddBackground(int x, int y, int column, int row);

    /// <summary>Decides <paramref name="count"/> rows from <paramref name="row"/> on, which no later patch reaches, and frees them.</summary>
    /// <exception cref="InvalidOperationException">Too many posts wait; collect first.</exception>
    public abstract void Post(int row, int count);

    /// <summary>Waits for the oldest post and gives its rows; their bytes stay until <see cref="Posts"/> further posts.</summary>
    /// <exception cref="EngineError">The device failed.</exception>
    public abstract BlendedRows Collect();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the band.</summary>
    protected abstract void Dispose(bool disposing);
}
