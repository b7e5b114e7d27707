using System.Globalization;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;
using Histoseg.Slides.Vips;

namespace Histoseg.Slides.Checks;

/// <summary>Checks one slide of a dataset and draws its overlay.</summary>
internal sealed class SlideCheck(ManifestRow row, DatasetCheckSettings settings, List<Finding> findings)
{
    // Fine enough to count small structures, coarse enough to take a moment on the largest slide.
    private const int LongestCounted = 8192;
    private const int LongestPicture = 1600;

    private readonly ClassMap _map = settings.Map;

    /// <summary>Pixels by label, at a scale that differs from slide to slide.</summary>
    public long[] LabelPixels { get; } = new long[256];

    /// <summary>Runs the check; writes the overlay to a path, or not where it is null.</summary>
    /// <exception cref="SlideError">The overlay cannot be written; all else becomes findings.</exception>
    public void Run(string? overlay)
    {
        if (Look() is { } picture && overlay is not null)
            Pictures.WritePng(overlay, picture.Rgb, picture.Width, picture.Height);
    }

    // The overlay, or null where the slide cannot be used.
    private (byte[] Rgb, int Width, int Height)? Look()
    {
        try
        {
            // At its own pixels: any scale will do for pictures of the whole.
            using var slide = OpenedSlide.Open(row, new(_map, settings.MaskValues, OverrideMpp: settings.OverrideMpp, Origin: settings.Origin));
            var scale = settings.NeedsScale ? slide.Scale : slide.ScaleIfKnown;
            var (width, height, labels) = (slide.Width, slide.Height, slide.Labels);
            foreach (var warning in slide.Warnings)
                Add(FindingLevel.Warning, warning);
            var downsample = Math.Max(1, Math.Max(width, height) / (double)LongestCounted);
            Count(labels, (int)Math.Ceiling(width / downsample), (int)Math.Ceiling(height / downsample), downsample);
            var (picture, tissue) = Draw(slide.View.Shrunk(LongestPicture), labels);
            Report(width, height, scale, downsample, tissue);
            return picture;
        }
        catch (SlideError e)
        {
            Add(FindingLevel.Error, e.Message, e.Remedy);
            return null;
        }
    }

    private void Add(FindingLevel level, string message, Remedy remedy = Remedy.None) => findings.Add(new Finding(row.Slide, level, message, remedy));

    private void Count(ILabelSource labels, int width, int height, double downsample)
    {
        const int band = 256;
        var buffer = new byte[width * band];
        for (var y = 0; y < height; y += band)
        {
            var painted = buffer.AsSpan(0, width * Math.Min(band, height - y));
            labels.Paint(0, y, width, painted.Length / width, downsample, painted);
            foreach (var label in painted)
                LabelPixels[label]++;
        }
    }

    private ((byte[] Rgb, int Width, int Height) Picture, double Tissue) Draw(SlideView view, ILabelSource labels)
    {
        var rgb = new byte[view.Width * view.Height * 3];
        if (!view.Read(0, 0, view.Width, view.Height, rgb))
            Add(FindingLevel.Warning, $"{row.Slide}: parts of the slide cannot be read; they are left out");
        var tissue = Tissue.Share(rgb);
        var painted = new byte[view.Width * view.Height];
        labels.Paint(0, 0, view.Width, view.Height, view.Downsample, painted);
        Overlay.Draw(rgb, painted, view.Width, view.Height);
        return ((rgb, view.Width, view.Height), tissue);
    }

    private void Report(int width, int height, SlideScale? scale, double downsample, double tissue)
    {
        if (tissue == 0)
            Add(FindingLevel.Error, $"{row.Slide}: no tissue: every pixel is white");
        var counted = LabelPixels.Sum() - LabelPixels[ClassMap.Ignore];
        if (counted == 0)
            Add(FindingLevel.Error, $"{row.Slide}: no pixel counts: all of the slide is ignored");
        else if (LabelPixels[0] == counted && (row.Annotation ?? row.Mask) is { } truth)
            Add(FindingLevel.Warning, $"{truth}: all that counts is '{_map.Classes[0]}'; check the class map");
        var classes = _map.Classes.Select((name, label) => string.Create(CultureInfo.InvariantCulture, $"{name} {Share(LabelPixels[label], counted):0.0} %"));
        Add(FindingLevel.Ok, string.Create(CultureInfo.InvariantCulture,
            $"{width} × {height} pixels, {Scale(scale)}, tissue {100 * tissue:0} %, counted {Share(counted, LabelPixels.Sum()):0} % of the slide "
                + $"({Area(counted, scale, downsample)}): {string.Join(", ", classes)}"));
    }

    private static double Share(long part, long whole) => whole == 0 ? 0 : 100.0 * part / whole;

    private static string Scale(SlideScale? scale) => scale is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"{known.MicronsPerPixel:0.####} µm/px ({Name(known.Source)})")
        : "scale unknown";

    private static string Name(ScaleSource source) => source switch
    {
        ScaleSource.ResolutionTags => "resolution tags",
        ScaleSource.ObjectivePower => "objective power",
        ScaleSource.Manifest => "manifest",
        ScaleSource.Override => "override",
        _ => "slide properties",
    };

    private static string Area(long pixels, SlideScale? scale, double downsample) => scale is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"{pixels * Math.Pow(downsample * known.MicronsPerPixel, 2) / 1e6:0.##} mm²")
        : string.Create(CultureInfo.InvariantCulture, $"{pixels * downsample * downsample / 1e6:0.##} megapixels");
}
