namespace Histoseg.Segmentation.Inference;

/// <summary>Segments batches of a slide's patches, blends them in a band as high as one patch, and hands out finished rows: on the processor or on the GPU that segments.</summary>
internal interface ITileBlending : IDisposable
{
    /// <summary>The most rows that held something at once.</summary>
    int PeakRows { get; }

    /// <summary>Pixels handed out so far that no readable patch covers.</summary>
    long UnreadablePixels { get; }

    /// <summary>Segments patches; <see cref="Add"/> takes them by their place in the batch.</summary>
    /// <param name="rgb">count × P × P × 3 bytes.</param>
    /// <param name="count">Patches.</param>
    void Segment(ReadOnlySpan<byte> rgb, int count);

    /// <summary>Adds a patch of the batch segmented last, its corner at (<paramref name="x"/>, <paramref name="y"/>).</summary>
    void Add(int slot, int x, int y, int column, int row);

    /// <summary>Adds a patch that is background everywhere.</summary>
    void AddBackground(int x, int y, int column, int row);

    /// <summary>Tells that no later patch reaches above row <paramref name="end"/>: rows up to there may be handed out, and all are once it is the slide's height.</summary>
    void FinishRows(int end);
}
