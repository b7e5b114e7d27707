namespace Histoseg.Training.Runs;

/// <summary>How far a training run is.</summary>
/// <param name="Iteration">Updates made.</param>
/// <param name="Iterations">Updates to make.</param>
/// <param name="Share">What is done of the whole, by iterations or by the time limit, 0…1.</param>
/// <param name="Loss">Mean loss of the last updates.</param>
/// <param name="PatchesPerSecond">Speed of the last updates.</param>
/// <param name="Dice">Mean foreground Dice of the last validation, or null.</param>
/// <param name="Note">Something that happened, in a line, or null.</param>
public readonly record struct TrainingProgress(int Iteration, int Iterations, double Share, double Loss, double PatchesPerSecond, double? Dice, string? Note);
