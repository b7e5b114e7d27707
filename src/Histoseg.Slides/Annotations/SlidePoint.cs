namespace Histoseg.Slides.Annotations;

/// <summary>A point in level-0 pixels. Pixel (i, j) covers [i, i+1) × [j, j+1), so its centre is (i + ½, j + ½).</summary>
/// <param name="X">Pixels from the slide's left edge.</param>
/// <param name="Y">Pixels from the slide's top edge.</param>
internal readonly record struct SlidePoint(double X, double Y);
