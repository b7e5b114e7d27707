using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Inference;

/// <summary>Who receives a slide's finished rows.</summary>
/// <param name="Labels">Receive the label map.</param>
/// <param name="Foreground">Receive the heat map.</param>
/// <param name="Shares">Receive the probability of each class.</param>
internal sealed record RowSinks(IReadOnlyList<ILabelRows> Labels, IReadOnlyList<ILabelRows> Foreground, IReadOnlyList<ILabelRows> Shares)
{
    /// <summary>Passes rows on.</summary>
    public void Write(ReadOnlySpan<byte> labels, ReadOnlySpan<byte> foreground, ReadOnlySpan<byte> shares)
    {
        foreach (var sink in Labels)
            sink.Write(labels);
        foreach (var sink in Foreground)
            sink.Write(foreground);
        foreach (var sink in Shares)
            sink.Write(shares);
    }
}
