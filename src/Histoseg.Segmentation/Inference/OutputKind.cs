using System.Text.Json;
using System.Text.Json.Serialization;
using Histoseg.Slides;
using Histoseg.Slides.Output;

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
    /// <summary>Objects, and holes in them, of fewer pixels of the label map get no outline; 0: all do.</summary>
    internal int LeastOutline { get; init; }

    /// <summary>The slide at the label map's scale; null: there is none to draw on.</summary>
    internal SlideView? View { get; init; }

    /// <summary>The part of level 0 that polygons lie in and are counted from; null: the label map's.</summary>
    internal Region? Part { get; init; }
}

/// <summary>A kind of file written per slide: what it is called, where it lies, and its writer.</summary>
/// <param name="Name">As it is asked for.</param>
/// <param name="Folder">Its folder in the output folder.</param>
/// <param name="Extension">Its extension, with the dot.</param>
/// <param name="Sentence">What it is.</param>
/// <param name="TakesHeat">Whether its rows are those of the heat map; else of the label map.</param>
/// <param name="Open">Opens the writer of a file.</param>
[JsonConverter(typeof(OutputKindConverter))]
public sealed record OutputKind(string Name, string Folder, string Extension, string Sentence, bool TakesHeat, Func<OutputRequest, ILabelRows> Open)
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
    public static OutputKind Mask { get; } = new("mask", "segmentations", ".tif", "label map, tiled pyramidal TIFF", false,
        file => new PyramidWriter(file.Path, file.Width, file.Height, file.MicronsPerPixel, PyramidKind.Labels))
    { BytesPerPixel = 0.03 };

    /// <summary>Outlines for QuPath.</summary>
    public static OutputKind GeoJson { get; } = new("geojson", "model-outputs-geojson", ".geojson", "polygons with holes for QuPath", false,
        file => new PolygonWriter(file.Path, file.Width, file.Height, file.Downsample, file.ClassNames, file.MicronsPerPixel / file.Downsample,
            PolygonLimits.Usual(file.LeastOutline), file.Part))
    { BytesPerPixel = 0.15 };

    /// <summary>1 − probability of the background as grey.</summary>
    public static OutputKind Heatmap { get; } = new("heatmap", "heatmaps", ".tif", "probability of any foreground class, 0…255", true,
        file => new PyramidWriter(file.Path, file.Width, file.Height, file.MicronsPerPixel, PyramidKind.Grey8))
    { BytesPerPixel = 0.4 };

    /// <summary>mm² per class.</summary>
    public static OutputKind Csv { get; } = new("csv", "model-outputs-csv", ".csv", "area per class in mm²", false,
        file => new AreaCounter(file.Path, file.ClassNames, file.MicronsPerPixel));

    /// <summary>A small picture of the slide with the classes laid over; with it a page of all slides, <c>index.html</c>.</summary>
    public static OutputKind Overlay { get; } = new("overlay", "overlays", ".jpg", "picture of the slide with the classes laid over, and index.html", false,
        file => new OverlayPicture(file.Path, file.View ?? throw new ArgumentException("a picture of the slide takes the slide", nameof(file))))
    { LeastBytes = 800_000 };

    /// <summary>All of them, in the order they are written.</summary>
    public static IReadOnlyList<OutputKind> All { get; } = [Mask, GeoJson, Heatmap, Csv, Overlay];

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
