namespace Histoseg.Segmentation.Inference;

/// <summary>A trained network ready to segment batches of patches: what tiling, blending and output need to know of it.</summary>
public interface IPatchSegmenter : IDisposable
{
    /// <summary>Number of classes, background included.</summary>
    int Classes { get; }

    /// <summary>Side of the square patch in pixels.</summary>
    int PatchSize { get; }

    /// <summary>The most patches one call takes.</summary>
    int BatchSize { get; }

    /// <summary>Segments up to <see cref="BatchSize"/> patches.</summary>
    /// <param name="rgb">count × P × P × 3 bytes.</param>
    /// <param name="count">Patches in this call.</param>
    /// <param name="probabilities">Receives count × P × P × Classes softmax probabilities.</param>
    void Segment(ReadOnlySpan<byte> rgb, int count, Span<float> probabilities);
}
