namespace Histoseg.Segmentation.Inference;

/// <summary>How far a batch is.</summary>
/// <param name="Slide">The slide at work, counted from 1.</param>
/// <param name="Slides">Slides in all.</param>
/// <param name="Path">The slide at work; empty while it waits for slides that other programs are at.</param>
/// <param name="Share">The share of this slide that is done, 0 to 1.</param>
/// <param name="PatchesPerSecond">Patches through the network per second on this slide.</param>
/// <param name="Outcome">How the slide ended; null while it is at work.</param>
public readonly record struct InferenceProgress(int Slide, int Slides, string Path, double Share, double PatchesPerSecond, SlideOutcome? Outcome);
