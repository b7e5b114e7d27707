namespace Histoseg.Segmentation.Reports;

/// <summary>How well one slide was segmented.</summary>
/// <param name="Slide">Its name.</param>
/// <param name="Split">Which part of the data it is of: <c>val</c>, <c>test</c>.</param>
/// <param name="Dice">Dice per class, background first; 0…1.</param>
/// <param name="Iou">Intersection over union per class, background first; 0…1.</param>
public sealed record SlideResult(string Slide, string Split, IReadOnlyList<double> Dice, IReadOnlyList<double> Iou);
