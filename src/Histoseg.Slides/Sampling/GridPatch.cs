namespace Histoseg.Slides.Sampling;

/// <summary>A patch of the grid that can be sampled.</summary>
/// <param name="Slide">Index of the slide in the dataset.</param>
/// <param name="X">Left edge, view pixels.</param>
/// <param name="Y">Top edge, view pixels.</param>
/// <param name="AnchorX">A point in the patch that shows the class it is listed for; jitter keeps it inside.</param>
/// <param name="AnchorY">The point's row.</param>
internal readonly record struct GridPatch(int Slide, int X, int Y, int AnchorX, int AnchorY);
