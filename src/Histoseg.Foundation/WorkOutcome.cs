namespace Histoseg.Foundation;

/// <summary>How work over many things ended. Programs make their exit code of it.</summary>
public enum WorkOutcome
{
    /// <summary>All is done and well.</summary>
    Complete,
    /// <summary>Some failed or have errors, the rest is done.</summary>
    Partial,
    /// <summary>It was stopped, or nothing was done.</summary>
    Failed,
}
