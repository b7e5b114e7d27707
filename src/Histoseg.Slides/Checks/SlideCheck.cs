using System.Globalization;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;
using Histoseg.Slides.Vips;

namespace Histoseg.Slides.Checks;

/// <summary>Checks one slide of a dataset and draws its overlay.</summary>
internal sealed class SlideCheck(ManifestRow row, DatasetCheckSettings settings, List<Finding> findings)
{
    private const int LongestPicture = 1600;

    private readonly ClassMap _map = settings.Slides.Map;

    /// <summary>Its labels; null where it cannot be used.</summary>
    public LabelCount? Labels { get; private set; }

    /// <summary>µm per level-0 pixel; null where it cannot be used or none is told.</summary>
    public double? Scale { get; private set; }

    /// <summary>The colours of its tissue; null where it cannot be used or has none.</summary>
    public ColourStatistics? Colours { get; private set; }

    /// <summary>Runs the check.</summary>
    /// <param name="annotation">The slide's annotation, or null.</param>
    /// <param name="overlay">Where the overlay goes, or null for none.</param>
    /// <exception cref="SlideError">The overlay cannot be written; all else becomes findings.</exception>
    public void Run(Annotation? annotation, string? overlay)
    {
        if (Look(annotation) is { } picture && overlay is not null)
            Pictures.WritePng(overlay, picture.Rgb, picture.Width, picture.Height);
    }

    // The overlay, or null where the slide cannot be used.
    private (byte[] Rgb, int Width, int Height)? Look(Annotation? annotation)
    {
        using var slide = SlideRules.Open(row.Slide, () => OpenedSlide.Open(row, settings.Slides, annotation: annotation), _map,
            settings.Slides.TargetMpp is not null, findings);
        if (slide is null)
            return null;
        try
        {
            Scale = slide.ScaleIfKnown?.MicronsPerPixel;
            Labels = LabelCount.Of(slide.Labels, slide.Width, slide.Height);
            Colours = ColourStatistics.Of(slide.Slide);
            // At its own pixels: any scale will do for a picture of the whole.
            var (picture, tissue) = Draw(new SlideView(slide.Slide, 1, 1).Shrunk(LongestPicture), slide.Labels);
            Report(slide, Labels, tissue);
            RequirePatches(slide);
            return picture;
        }
        catch (SlideError error)
        {
            findings.Add(Finding.Of(row.Slide, error));
            return null;
        }
    }

    private void RequirePatches(OpenedSlide slide)
    {
        if (row.Split is DataSplit.Val or DataSplit.Test)
            return;
        try
        {
            SlideDataset.Build([new DatasetSlide(slide.Name, slide.View, slide.Labels)], settings.Grid);
        }
        catch (SlideError error)
        {
            findings.Add(Finding.Of(row.Slide, error));
        }
    }

    private void Warn(string message) => findings.Add(new Finding(row.Slide, FindingLevel.Warning, message));

    private ((byte[] Rgb, int Width, int Height) Picture, double Tissue) Draw(SlideView view, ILabelSource labels)
    {
        var rgb = new byte[view.Width * view.Height * 3];
        if (!view.Read(0, 0, view.Width, view.Height, rgb))
            Warn($"{row.Slide}: parts of the slide cannot be read; they are left out");
        var tissue = Tissue.Share(rgb);
        var painted = new byte[view.Width * view.Height];
        labels.Paint(0, 0, view.Width, view.Height, view.Downsample, painted);
        Overlay.Draw(rgb, painted, view.Width, view.Height, _map.Palette);
        return ((rgb, view.Width, view.Height), tissue);
    }

    private void Report(OpenedSlide slide, LabelCount labels, double tissue)
    {
        if (tissue == 0)
            Warn($"{row.Slide}: no tissue: every pixel is white");
        if (labels.Counted == 0)
            Warn($"{row.Slide}: no pixel counts, all of the slide is ignored: it is left out of every score");
        else if (labels[0] == labels.Counted && (row.Annotation ?? row.Mask) is { } truth)
            Warn($"{truth}: all that counts is '{_map.Classes[0]}'; check the class map");
        var scale = slide.ScaleIfKnown;
        var classes = _map.Classes.Select((name, label) => string.Create(CultureInfo.InvariantCulture, $"{name} {Share(labels[label], labels.Counted):0.0} %"));
        findings.Add(new(row.Slide, FindingLevel.Ok, string.Create(CultureInfo.InvariantCulture,
            $"{slide.Width} × {slide.Height} pixels, {InWords(scale)}, tissue {100 * tissue:0} %, counted {Share(labels.Counted, labels.All):0} % of the slide "
                + $"({Area(labels, scale)}): {string.Join(", ", classes)}")));
    }

    private static double Share(long part, long whole) => whole == 0 ? 0 : 100.0 * part / whole;

    private static string InWords(SlideScale? scale) => scale is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"{known.MicronsPerPixel:0.####} µm/px ({known.Source.InWords()})")
        : "scale unknown";

    private static string Area(LabelCount labels, SlideScale? scale) => scale is { } known
        ? string.Create(CultureInfo.InvariantCulture, $"{labels.Counted * Math.Pow(labels.Downsample * known.MicronsPerPixel, 2) / 1e6:0.##} mm²")
        : string.Create(CultureInfo.InvariantCulture, $"{labels.Counted * labels.Downsample * labels.Downsample / 1e6:0.##} megapixels");
}
