namespace Histoseg.Engine;

/// <summary>Something is wrong with a model file, a network's settings or a run that its user can mend.</summary>
/// <remarks>The message is one line: what is wrong, where, and what to do about it.</remarks>
public class EngineError : Exception
{
    /// <summary>An error with its one-line message.</summary>
    public EngineError(string message) : base(message) { }

    /// <summary>An error with its one-line message and what caused it.</summary>
    public EngineError(string message, Exception inner) : base(message, inner) { }

    /// <summary>Whether a file could not be written: the disk's or the folder's fault, so whatever is written next meets it too.</summary>
    public bool CannotWrite { get; init; }
}
