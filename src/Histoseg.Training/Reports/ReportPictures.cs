using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Vips;

namespace Histoseg.Training.Reports;

/// <summary>Draws a slide, or a part of it, with truth and prediction laid over, for reports.</summary>
internal static class ReportPictures
{
    // Larger ones fill the report and nobody's eye.
    private const int SlideSide = 640, PatchSide = 320;

    /// <summary>The whole slide.</summary>
    /// <param name="caption">What to write above it.</param>
    /// <param name="view">The slide, at any scale.</param>
    /// <param name="truth">Its annotation.</param>
    /// <param name="prediction">What was predicted.</param>
    /// <param name="palette">A colour for each class.</param>
    /// <param name="longestSide">The longer side of the pictures in pixels.</param>
    public static ReportPicture Slide(
        string caption, SlideView view, ILabelSource truth, ILabelSource prediction, ClassPalette palette, int longestSide = SlideSide)
    {
        var small = view.Shrunk(longestSide);
        return Draw(caption, small, truth, prediction, palette, 0, 0, small.Width, small.Height);
    }

    /// <summary>A square of the slide; at an edge it is moved back to end within it.</summary>
    /// <param name="caption">What to write above it.</param>
    /// <param name="view">The slide at the scale of the square.</param>
    /// <param name="truth">Its annotation.</param>
    /// <param name="prediction">What was predicted.</param>
    /// <param name="palette">A colour for each class.</param>
    /// <param name="x">Left edge, level-0 pixels.</param>
    /// <param name="y">Top edge, level-0 pixels.</param>
    /// <param name="side">Its side in pixels of the view.</param>
    public static ReportPicture Patch(
        string caption, SlideView view, ILabelSource truth, ILabelSource prediction, ClassPalette palette, long x, long y, int side)
    {
        var shrink = Math.Max(1, side / (double)PatchSide);
        var small = new SlideView(view.Slide, view.MicronsPerPixel / view.Downsample, view.MicronsPerPixel * shrink);
        var wanted = (int)Math.Round(side / shrink);
        var (width, height) = (Math.Min(wanted, small.Width), Math.Min(wanted, small.Height));
        return Draw(caption, small, truth, prediction, palette, Origin(x, small.Width - width), Origin(y, small.Height - height), width, height);

        int Origin(long at, int last) => Math.Clamp((int)Math.Round(at / small.Downsample), 0, last);
    }

    private static ReportPicture Draw(
        string caption, SlideView view, ILabelSource truth, ILabelSource prediction, ClassPalette palette, int x, int y, int width, int height)
    {
        var rgb = new byte[width * height * 3];
        view.Read(x, y, width, height, rgb);
        return new(caption, Pictures.ToJpegBytes(rgb, width, height), LaidOver(truth), LaidOver(prediction));

        byte[] LaidOver(ILabelSource source)
        {
            var labels = new byte[width * height];
            source.Paint(x, y, width, height, view.Downsample, labels);
            var shown = (byte[])rgb.Clone();
            Overlay.Draw(shown, labels, width, height, palette);
            return Pictures.ToJpegBytes(shown, width, height);
        }
    }
}
