using System.Globalization;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Labels;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Regions;
using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Proposals;

/// <summary>Looks at slides and their truths before there is a class map.</summary>
internal static class SlideSurvey
{
    private const int RowsPerRead = 256;

    private static readonly SlideSettings NoClasses = new(new([], [], [], []));

    private struct Nothing : IRegionData<Nothing>
    {
        public static Nothing Join(Nothing left, Nothing right) => left;
    }

    /// <summary>Looks at one slide.</summary>
    /// <param name="row">The slide.</param>
    /// <param name="otherwiseMpp">µm per level-0 pixel if it does not tell it; null: it stays unknown.</param>
    /// <exception cref="SlideError">It or its truth cannot be read, or they do not belong together.</exception>
    public static SurveyedSlide Of(ManifestRow row, double? otherwiseMpp)
    {
        using var slide = OpenedSlide.Open(row, NoClasses);
        var scale = slide.ScaleIfKnown;
        if (scale is null && otherwiseMpp is not null)
            (row, scale) = (row with { Mpp = otherwiseMpp }, SlideScale.Resolve(slide.Slide, otherwiseMpp));
        var warnings = new List<string>(scale?.Warnings(slide.Slide) ?? []);
        if (row.Mask is { } mask)
            return new(row, slide.Width, slide.Height, scale, "mask", OfMask(mask, slide.Width, slide.Height), warnings);
        if (slide.Annotation is not { } annotation)
            return new(row, slide.Width, slide.Height, scale, "", [], warnings);
        AnnotationCheck.RequireRegions(annotation);
        warnings.AddRange(annotation.Warnings);
        warnings.AddRange(AnnotationCheck.RequireInside(annotation, slide.Width, slide.Height));
        var groups = annotation.Regions.GroupBy(region => region.Group, StringComparer.OrdinalIgnoreCase)
            .Select(group => new SurveyedGroup(group.Key, null, [.. group.Select(AreaOf)]));
        return new(row, slide.Width, slide.Height, scale, annotation.Program, [.. groups], warnings);
    }

    private static List<SurveyedGroup> OfMask(string path, int width, int height)
    {
        using var picture = new LabelPicture(path, LabelPictureKind.Mask);
        var pixel = (double)width / picture.Width * height / picture.Height;
        var areas = new List<double>?[256];
        var finder = new RegionFinder<Nothing>(byCorners: true, _ => true);
        for (var y = 0; y < picture.Height; y += RowsPerRead)
        {
            var rows = Math.Min(RowsPerRead, picture.Height - y);
            var labels = picture.ReadRows(y, rows);
            for (var row = 0; row < rows; row++)
            {
                finder.Add(labels.AsSpan(row * picture.Width, picture.Width));
                finder.TakeEnded(Take);
            }
        }
        finder.Add(ReadOnlySpan<byte>.Empty);
        finder.TakeEnded(Take);
        return [.. Enumerable.Range(0, areas.Length).Where(value => areas[value] is not null)
            .Select(value => new SurveyedGroup(value.ToString(CultureInfo.InvariantCulture), value, areas[value]!))];

        void Take(ConnectedRegion<Nothing> region) => (areas[region.Label] ??= []).Add(region.Area * pixel);
    }

    private static double AreaOf(AnnotatedRegion region) => Math.Max(0, AreaOf(region.Ring) - region.Holes.Sum(AreaOf));

    // Gauss's formula.
    private static double AreaOf(IReadOnlyList<SlidePoint> ring)
    {
        var sum = 0.0;
        for (var i = 0; i < ring.Count; i++)
        {
            var (a, b) = (ring[i], ring[(i + 1) % ring.Count]);
            sum += (a.X * b.Y) - (b.X * a.Y);
        }
        return Math.Abs(sum) / 2;
    }
}
