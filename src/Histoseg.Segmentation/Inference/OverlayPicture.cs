using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Output;
using Histoseg.Slides.Vips;

namespace Histoseg.Segmentation.Inference;

/// <summary>Draws the label map, as it comes in, over a small picture of the slide: for a look without a viewer.</summary>
/// <remarks>A pixel of the picture has the label in its middle. Nothing of the slide is read before all labels are in.</remarks>
internal sealed class OverlayPicture : ILabelRows
{
    private const int LongestSide = 1600;

    private readonly string _path;
    private readonly SlideView _view, _small;
    private readonly ClassPalette _palette;
    private readonly byte[] _labels;
    private int _rows, _taken;

    /// <summary>Begins a picture.</summary>
    /// <param name="path">The JPEG file.</param>
    /// <param name="view">The slide at the scale of the label map.</param>
    /// <param name="palette">A colour for each class.</param>
    public OverlayPicture(string path, SlideView view, ClassPalette palette)
    {
        (_path, _view, _small, _palette) = (path, view, view.Shrunk(LongestSide), palette);
        _labels = new byte[_small.Width * _small.Height];
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> rows)
    {
        for (; rows.Length > 0; rows = rows[_view.Width..], _rows++)
            for (; _taken < _small.Height && Middle(_taken, _small.Height, _view.Height) == _rows; _taken++)
                for (var x = 0; x < _small.Width; x++)
                    _labels[(_taken * _small.Width) + x] = rows[Middle(x, _small.Width, _view.Width)];
    }

    /// <inheritdoc/>
    public void Complete()
    {
        var rgb = new byte[_labels.Length * 3];
        _small.Read(0, 0, _small.Width, _small.Height, rgb);
        Overlay.Draw(rgb, _labels, _small.Width, _small.Height, _palette);
        Pictures.WriteJpeg(_path, rgb, _small.Width, _small.Height);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The file appears whole in Complete.
    }

    private static int Middle(int pixel, int small, int large) => (int)(((2L * pixel) + 1) * large / (2L * small));
}
