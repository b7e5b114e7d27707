namespace Histoseg.Training.Studies;

/// <summary>A run and what is known of it.</summary>
/// <param name="Run">The run.</param>
/// <param name="Result">What came of it; null while it is not done.</param>
/// <param name="Failure">Why it failed, in a line; null where it did not.</param>
internal sealed record StudyRunState(StudyRun Run, RunResult? Result, string? Failure);
