namespace Histoseg.Training.Runs;

/// <summary>What came of a run.</summary>
/// <param name="State">How far it is.</param>
/// <param name="ModelFolder">Where the best model is.</param>
/// <param name="ReportPath">The report.</param>
public sealed record TrainingResult(TrainingProgressState State, string ModelFolder, string ReportPath);
