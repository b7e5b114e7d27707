namespace Histoseg.Training.Findings;

/// <summary>What there is to learn a class from.</summary>
/// <param name="Name">The class.</param>
/// <param name="Patches">Places of the grid of patches that show it.</param>
/// <param name="Patients">Patients whose slides these are on.</param>
internal sealed record ClassSamples(string Name, int Patches, int Patients);
