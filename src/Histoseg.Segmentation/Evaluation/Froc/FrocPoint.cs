namespace Histoseg.Segmentation.Evaluation.Froc;

/// <summary>What is found, and what wrongly, when detections from a confidence up are believed.</summary>
/// <param name="Threshold">The confidence; infinite where none is believed.</param>
/// <param name="FalsePositives">False positives per slide.</param>
/// <param name="Sensitivity">The share of lesions found.</param>
internal readonly record struct FrocPoint(double Threshold, double FalsePositives, double Sensitivity);
