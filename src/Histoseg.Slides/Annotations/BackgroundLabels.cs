namespace Histoseg.Slides.Annotations;

/// <summary>A slide that is background throughout.</summary>
internal sealed class BackgroundLabels(SlideFrame frame) : ILabelSource
{
    public void Paint(int x, int y, int width, int height, double downsample, Span<byte> labels)
    {
        labels = labels[..(width * height)];
        labels.Clear();
        frame.MaskOutside(x, y, width, height, downsample, labels);
    }
}
