using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>A slide whose patches are being read.</summary>
/// <param name="View">The slide at the model's scale.</param>
/// <param name="Columns">The grid's columns.</param>
/// <param name="Rows">The grid's rows.</param>
/// <param name="Reader">Reads it.</param>
internal sealed record SlideReading(SlideView View, TileAxis Columns, TileAxis Rows, PatchReader Reader) : IDisposable
{
    /// <summary>Stops reading and waits until it has; the slide stays open.</summary>
    public void Dispose() => Reader.Dispose();
}
