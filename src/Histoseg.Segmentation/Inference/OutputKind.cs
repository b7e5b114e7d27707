using System.Text.Json;
using System.Text.Json.Serialization;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Output;
using Histoseg.Slides.Output.Polygons;

namespace Histoseg.Segmentation.Inference;

/// <summary>One output file of a slide, to be opened.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Path">Where it goes.</param>
/// <param name="Width">Width of the label map in pixels.</param>
/// <param name="Height">Height of the label map in pixels.</param>
/// <param name="MicronsPerPixel">µm per pixel of the label map.</param>
/// <param name="Downsample">Level-0 pixels per pixel of the label map.</param>
/// <param name="ClassNames">Class names; the index is the label.</param>
public sealed record OutputRequest(
    OutputKind Kind, string Path, int Width, int Height, double MicronsPerPixel, double Downsample, IReadOnlyList<string> ClassNames)
{
    /// <summary>A colour for each class.</summary>
    internal ClassPalette Palette { get; init; } = ClassPalette.Usual;

    /// <summary>Objects, and holes in them, of fewer pixels of the label map get no outline; 0: all do.</summary>
    internal int LeastOutline { get; init; }

    /// <summary>How far outlines may lie from the pixels' edges, µm; null: as the kind has it.</summary>
    internal double? SimplifyUm { get; init; }

    /// <summary>The slide at the label map's scale; null: there is none to draw on.</summary>
    internal SlideView? View { get; init; }

    /// <summary>The part of level 0 that QuPath shows, which its polygons lie in and are counted from; null: the label map's.</summary>
    internal Region? Part { get; init; }

    /// <summary>Whether those that <see cref="IForegroundTaker">take the heat map too</see> will get it.</summary>
    internal bool HasForeground { get; init; }

    /// <summary>Opens a file of polygons.</summary>
    /// <param name="part">The part of level 0 that they lie in and are counted from; null: the label map's.</param>
    /// <param name="pixels">How far outlines may lie from the pixels' edges where nobody says, pixels of the label map.</param>
    /// <param name="format">How they are written.</param>
    internal PolygonWriter Polygons(Region? part, double pixels, Func<PolygonSettings, IPolygonFormat> format)
    {
        var settings = new PolygonSettings(ClassNames)
        {
            Downsample = Downsample,
            MicronsPerPixel = MicronsPerPixel / Downsample,
            Limits = PolygonLimits.Usual(LeastOutline),
            Part = part,
            Tolerance = SimplifyUm is { } microns ? microns / MicronsPerPixel * Downsample : pixels * Downsample,
            HasForeground = HasForeground,
            Palette = Palette,
        };
        return new(Path, Width, Height, settings, format(settings));
    }

    /// <summary>All of level 0; null: the label map's.</summary>
    internal Region? Whole => View is null ? null : new(0, 0, View.Slide.Levels[0].Width, View.Slide.Levels[0].Height);
}

/// <summary>What an output is written from, row by row.</summary>
public enum OutputRows
{
    /// <summary>The label map.</summary>
    Labels,
    /// <summary>The heat map: 1 − probability of the background.</summary>
    Foreground,
    /// <summary>The probabilities of all classes, a byte for each of each pixel.</summary>
    Shares,
}

/// <summary>A kind of file written per slide: what it is called, where it lies, and its writer.</summary>
/// <param name="Name">As it is asked for.</param>
/// <param name="Folder">Its folder in the output folder.</param>
/// <param name="Extension">Its extension, with the dot.</param>
/// <param name="Sentence">What it is.</param>
/// <param name="Takes">Whose rows it takes.</param>
/// <param name="Open">Opens the writer of a file.</param>
[JsonConverter(typeof(OutputKindConverter))]
public sealed record OutputKind(string Name, string Folder, string Extension, string Sentence, OutputRows Takes, Func<OutputRequest, ILabelRows> Open)
{
    /// <summary>What a file takes of the disk for each pixel of the label map, as measured on typical slides (docs/workflows.md).</summary>
    internal double BytesPerPixel { get; init; }

    /// <summary>What it takes at least.</summary>
    internal long LeastBytes { get; init; } = 1000;

    /// <summary>Where a slide's file lies in the output folder, with forward slashes.</summary>
    public string RelativePath(string slide) => $"{Folder}/{slide}{Extension}";

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>The kinds there are; a new one is a line here.</summary>
public static class OutputKinds
{
    /// <summary>The label map.</summary>
    public static OutputKind Mask { get; } = new("mask", "segmentations", ".tif", "label map, tiled pyramidal TIFF", OutputRows.Labels,
        file => new PyramidWriter(file.Path, file.Width, file.Height, file.MicronsPerPixel, PyramidKind.Labels, file.Palette))
    { BytesPerPixel = 0.03 };

    /// <summary>Outlines for QuPath.</summary>
    public static OutputKind GeoJson { get; } = new("geojson", "model-outputs-geojson", ".geojson", "polygons with holes for QuPath", OutputRows.Labels,
        file => file.Polygons(file.Part, 0, settings => new GeoJsonPolygons(settings)))
    { BytesPerPixel = 0.15 };

    /// <summary>The same, packed, and with fewer corners.</summary>
    public static OutputKind PackedGeoJson { get; } = new("geojson-gz", "model-outputs-geojson", ".geojson.gz", "the same with fewer corners, packed",
        OutputRows.Labels,
        file => file.Polygons(file.Part, 1, settings => new GeoJsonPolygons(settings, file.Path)))
    { BytesPerPixel = 0.02 };

    /// <summary>Outlines for ASAP.</summary>
    public static OutputKind Asap { get; } = new("asap", "model-outputs-asap", ".xml", "polygons for ASAP", OutputRows.Labels,
        file => file.Polygons(file.Whole, 1, settings => new AsapPolygons(settings)))
    { BytesPerPixel = 0.1 };

    /// <summary>Outlines for Aperio ImageScope.</summary>
    public static OutputKind ImageScope { get; } = new("imagescope", "model-outputs-imagescope", ".xml", "polygons with holes for Aperio ImageScope",
        OutputRows.Labels,
        file => file.Polygons(file.Whole, 1, settings => new ImageScopePolygons(settings, file.Path)))
    { BytesPerPixel = 0.1 };

    /// <summary>A table of the regions.</summary>
    public static OutputKind Regions { get; } = new("regions", "model-outputs-regions", ".csv",
        "area, perimeter, centroid and mean probability of each region", OutputRows.Labels,
        file => file.Polygons(file.Whole, 1, settings => new RegionTable(settings)))
    { BytesPerPixel = 0.005 };

    /// <summary>1 − probability of the background as grey.</summary>
    public static OutputKind Heatmap { get; } = new("heatmap", "heatmaps", ".tif", "probability of any foreground class, 0…255", OutputRows.Foreground,
        file => new PyramidWriter(file.Path, file.Width, file.Height, file.MicronsPerPixel, PyramidKind.Grey8))
    { BytesPerPixel = 0.4 };

    /// <summary>mm² per class.</summary>
    public static OutputKind Csv { get; } = new("csv", "model-outputs-csv", ".csv", "area per class in mm²", OutputRows.Labels,
        file => new AreaCounter(file.Path, file.ClassNames, file.MicronsPerPixel));

    /// <summary>A small picture of the slide with the classes laid over; with it a page of all slides, <c>index.html</c>.</summary>
    public static OutputKind Overlay { get; } = new("overlay", "overlays", ".jpg", "picture of the slide with the classes laid over, and index.html",
        OutputRows.Labels,
        file => new OverlayPicture(file.Path, file.View ?? throw new ArgumentException("a picture of the slide takes the slide", nameof(file)), file.Palette))
    { LeastBytes = 800_000 };

    /// <summary>The probability of each class, for programs that read OME-TIFF.</summary>
    public static OutputKind Probabilities { get; } = new("probabilities", "probabilities", ".ome.tif",
        "probability of each class, 0…255, OME-TIFF pyramid with a channel for each", OutputRows.Shares,
        file => new OmePyramidWriter(file.Path, file.Width, file.Height, file.MicronsPerPixel, file.ClassNames, file.Palette))
    { BytesPerPixel = 0.8 };

    /// <summary>What is written where nobody says.</summary>
    public static IReadOnlyList<OutputKind> Usual { get; } = [Mask, GeoJson, Heatmap, Csv, Overlay];

    /// <summary>All of them, in the order they are written.</summary>
    public static IReadOnlyList<OutputKind> All { get; } = [.. Usual, PackedGeoJson, Asap, ImageScope, Regions, Probabilities];

    /// <summary>The folders in which results lie.</summary>
    internal static IReadOnlySet<string> Folders { get; } = All.Select(kind => kind.Folder).ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The kind of a name, in any case; null: there is none.</summary>
    public static OutputKind? Find(string name) => Choice.Find(name, All.Select(kind => kind.Name)) is { } known ? All.First(kind => kind.Name == known) : null;
}

/// <summary>Writes a kind by its name.</summary>
internal sealed class OutputKindConverter : JsonConverter<OutputKind>
{
    public override OutputKind Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        OutputKinds.Find(reader.GetString() ?? "") ?? throw new JsonException("no such kind of output");

    public override void Write(Utf8JsonWriter writer, OutputKind value, JsonSerializerOptions options) => writer.WriteStringValue(value.Name);
}
