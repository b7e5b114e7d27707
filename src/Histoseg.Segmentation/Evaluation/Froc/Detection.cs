namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>A place on a slide that is said to be a lesion.</summary>
/// <param name="Confidence">How surely; 0 to 1 as the program writes it.</param>
/// <param name="X">Level-0 pixels from the left.</param>
/// <param name="Y">Level-0 pixels from the top.</param>
internal readonly record struct Detection(double Confidence, long X, long Y);
