namespace Histoseg.Slides.Annotations;

/// <summary>The truth of one slide: a label for every pixel, painted for any rectangle at any scale.</summary>
/// <remarks>Thread-safe.</remarks>
internal interface ILabelSource
{
    /// <summary>
    /// Paints labels of a rectangle given in pixels of a view (see <see cref="SlideView"/>): output pixel (i, j) is the label at level-0 point ((x + i +
    /// ½)·downsample, (y + j + ½)·downsample).
    /// </summary>
    /// <param name="x">Left edge, view pixels; may be negative.</param>
    /// <param name="y">Top edge, view pixels.</param>
    /// <param name="width">Width, view pixels.</param>
    /// <param name="height">Height, view pixels.</param>
    /// <param name="downsample">Level-0 pixels per view pixel.</param>
    /// <param name="labels">Receives height × width labels; outside the slide <see cref="ClassMap.Ignore"/>.</param>
    void Paint(int x, int y, int width, int height, double downsample, Span<byte> labels);
}
