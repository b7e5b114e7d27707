namespace Histoseg.Training.Findings;

/// <summary>What ended a run.</summary>
internal enum RunEnd
{
    /// <summary>Nothing: it goes on, or was stopped and can go on.</summary>
    None,
    /// <summary><c>training.iterations</c>.</summary>
    Iterations,
    /// <summary><c>training.max_minutes</c>.</summary>
    Minutes,
    /// <summary><c>training.patience</c>.</summary>
    Patience,
}
