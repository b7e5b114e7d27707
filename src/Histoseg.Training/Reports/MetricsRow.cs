namespace Histoseg.Training.Reports;

/// <summary>One line of <c>metrics.csv</c>: the training as it stood after an iteration.</summary>
/// <param name="Iteration">Updates made.</param>
/// <param name="Seconds">Time spent training and validating up to here, over all resumed runs.</param>
/// <param name="Loss">The whole loss, mean since the line before.</param>
/// <param name="CrossEntropy">Its cross-entropy.</param>
/// <param name="LocationLoss">Its location loss, before weighting.</param>
/// <param name="LearningRate">Learning rate of the last update.</param>
/// <param name="PositiveShare">Share of patches with some foreground since the line before; 0…1.</param>
/// <param name="PatchesPerSecond">Patches trained on per second since the line before.</param>
/// <param name="ValidationDice">Whole-slide Dice per class, where this iteration was validated; else null.</param>
public sealed record MetricsRow(
    int Iteration,
    double Seconds,
    double Loss,
    double CrossEntropy,
    double LocationLoss,
    double LearningRate,
    double PositiveShare,
    double PatchesPerSecond,
    IReadOnlyList<double>? ValidationDice = null);
