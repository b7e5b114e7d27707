namespace Histoseg.Slides.Sampling;

/// <summary>Which patch to load and how to augment it: enough to make the very same patch again.</summary>
/// <param name="Slide">Index of the slide in the dataset.</param>
/// <param name="X">Left edge, view pixels.</param>
/// <param name="Y">Top edge, view pixels.</param>
/// <param name="Positive">Whether it was drawn to show a foreground class.</param>
/// <param name="AugmentSeed">Where its augmentation is drawn from.</param>
internal readonly record struct PatchRequest(int Slide, int X, int Y, bool Positive, ulong AugmentSeed);
