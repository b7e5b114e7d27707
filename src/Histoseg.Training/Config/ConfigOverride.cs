namespace Histoseg.Training.Config;

/// <summary>A value that wins over the config's file.</summary>
/// <param name="Assignment"><c>section.key=value</c>; the value is YAML, and paths in it are relative to the working directory.</param>
/// <param name="Place">What errors call the place it was given at, such as an option with its value; null: the assignment itself.</param>
public sealed record ConfigOverride(string Assignment, string? Place = null);
