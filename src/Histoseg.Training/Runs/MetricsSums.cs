namespace Histoseg.Training.Runs;

/// <summary>Sums over the updates since the last line of <c>metrics.csv</c>.</summary>
/// <param name="Loss">Of the whole loss.</param>
/// <param name="CrossEntropy">Of the cross-entropy.</param>
/// <param name="Location">Of the location loss, before its weight.</param>
/// <param name="Updates">Number of updates.</param>
/// <param name="Patches">Patches trained on.</param>
/// <param name="Positives">Those of them that show foreground.</param>
/// <param name="Seconds">Time taken.</param>
public sealed record MetricsSums(double Loss, double CrossEntropy, double Location, int Updates, int Patches, int Positives, double Seconds);
