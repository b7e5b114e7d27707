namespace Histoseg.Segmentation.Networks;

/// <summary>A number that a network declares for itself, given under <c>network.options</c>.</summary>
/// <param name="Name">As files write it.</param>
/// <param name="Default">What it is where it is not given.</param>
/// <param name="Least">The smallest it may be.</param>
/// <param name="Most">The largest it may be.</param>
/// <param name="Sentence">What it is.</param>
public sealed record NetworkOption(string Name, double Default, double Least, double Most, string Sentence);
