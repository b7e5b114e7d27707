namespace Histoseg.Training.Studies;

/// <summary>How far a study is.</summary>
/// <param name="Share">What is done of the whole, 0…1.</param>
/// <param name="Status">What is being done, with its figures.</param>
/// <param name="Note">Something that happened, in a line, or null.</param>
internal readonly record struct StudyProgress(double Share, string Status, string? Note);
