namespace Histoseg.Cli.Terminal;

/// <summary>Shows how far a long job is.</summary>
/// <remarks>May be called from any thread, as often as wanted.</remarks>
internal interface IProgressDisplay
{
    /// <summary>Shows the state.</summary>
    /// <param name="share">What is done of the whole, 0…1; the first one told was done before.</param>
    /// <param name="status">The figures of the moment, e.g. "loss 0.412, 9.3 patches/s".</param>
    void Show(double share, string status);

    /// <summary>Shows the state where nothing had to be done to come to it, so that times left are not counted from it.</summary>
    /// <param name="share">What is done of the whole, 0…1.</param>
    /// <param name="status">As above.</param>
    void Skip(double share, string status);

    /// <summary>Writes a line that stays.</summary>
    void Note(string line);
}
