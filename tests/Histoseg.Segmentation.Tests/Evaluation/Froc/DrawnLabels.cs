using Histoseg.Slides.Annotations;

namespace Histoseg.Segmentation.Tests.Evaluation.Froc;

/// <summary>Labels that are a function of the level-0 point; outside the slide 255.</summary>
internal sealed class DrawnLabels(int width, int height, Func<double, double, byte> label) : ILabelSource
{
    public void Paint(int x, int y, int columns, int rows, double downsample, Span<byte> labels)
    {
        for (var j = 0; j < rows; j++)
            for (var i = 0; i < columns; i++)
            {
                double px = (x + i + 0.5) * downsample, py = (y + j + 0.5) * downsample;
                labels[j * columns + i] = px < 0 || px >= width || py < 0 || py >= height ? ClassMap.Ignore : label(px, py);
            }
    }
}
