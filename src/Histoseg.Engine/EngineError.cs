namespace Histoseg.Engine;

/// <summary>Something is wrong with a model file, a network's settings or a run that its user can mend.</summary>
public class EngineError : UserError
{
    /// <summary>An error with its one-line message.</summary>
    public EngineError(string message) : base(message) { }

    /// <summary>An error with its one-line message and what caused it.</summary>
    public EngineError(string message, Exception inner) : base(message, inner) { }
}
