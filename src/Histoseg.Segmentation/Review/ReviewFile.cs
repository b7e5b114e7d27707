using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Labels;
using Histoseg.Slides.Output.Polygons;
using Histoseg.Slides.Regions;

namespace Histoseg.Segmentation.Review;

/// <summary>
/// The places of a slide as QuPath GeoJSON: a square each, of class <see cref="ToReview"/>, and what was predicted in it but specks, to be corrected.
/// </summary>
internal static class ReviewFile
{
    /// <summary>The class of squares that nobody has corrected.</summary>
    public const string ToReview = "to review";

    /// <summary>The class that squares get by hand once what is in them is right: outside these nothing counts in training.</summary>
    public const string Reviewed = "reviewed";

    private const string Colour = "#ff00ff";

    // A person would have to delete them one by one.
    private const int LeastPixels = PolygonLimits.UsualLeast;

    /// <summary>Where a slide's corrections lie that were made without places.</summary>
    public static string BesideOf(string slide) => Path.ChangeExtension(Path.GetFullPath(slide), ".corrections.geojson");

    /// <summary>Writes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="places">The places.</param>
    /// <param name="labels">The label map.</param>
    /// <param name="classNames">Class names by label.</param>
    /// <param name="palette">A colour for each class.</param>
    /// <param name="downsample">Level-0 pixels per pixel of the label map.</param>
    /// <param name="part">The part of level 0 that QuPath shows and counts from.</param>
    /// <exception cref="SlideError">The label map is damaged.</exception>
    /// <exception cref="WriteError">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyList<ReviewPlace> places, LabelPicture labels, IReadOnlyList<string> classNames, ClassPalette palette,
        double downsample, Region part)
    {
        var settings = new PolygonSettings([.. classNames, ToReview])
        {
            Downsample = downsample,
            Palette = new([.. classNames.Select((_, label) => palette.Hex(label)), Colour]),
        };
        using var file = new WholeFile(path);
        using var format = new GeoJsonPolygons(settings);
        var (budget, number) = (new PolygonBudget(settings.Limits), 0);
        format.Begin(file);
        foreach (var place in places)
        {
            var (right, bottom) = (place.X + place.Width, place.Y + place.Height);
            Add(classNames.Count, (long)place.Width * place.Height, [[(place.X, place.Y), (right, place.Y), (right, bottom), (place.X, bottom)]]);
            var tracer = new PolygonTracer(place.Width, region => AddRegion(place, region), LeastPixels);
            foreach (var row in labels.Read(0, place.X, place.Y, place.Width, place.Height).Chunk(place.Width))
                tracer.Add(row);
            tracer.Complete();
        }
        format.End(file, budget, null);

        void AddRegion(ReviewPlace place, ConnectedRegion<PolygonOutlines> region)
        {
            if (region.Area >= LeastPixels)
                Add(region.Label, region.Area,
                    [.. PolygonRings.Of(region.Data, LeastPixels).Select(ring => ring.ConvertAll(corner => (corner.X + place.X, corner.Y + place.Y)))]);
        }

        void Add(int label, long pixels, IReadOnlyList<List<(int X, int Y)>> rings)
        {
            var offset = file.Length;
            var polygon = new TracedPolygon(
                number++, label, pixels, null, [.. rings.Select(ring => ring.ConvertAll(corner => settings.PointOf(corner, part)))]);
            format.Add(file, polygon);
            budget.Add(label, pixels, offset, file.Length - offset, polygon.Corners);
        }
    }
}
