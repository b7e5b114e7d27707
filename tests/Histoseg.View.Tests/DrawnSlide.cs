using Histoseg.Segmentation.Inference;
using Histoseg.Slides.Output;

namespace Histoseg.View.Tests;

/// <summary>A slide of plain colours with results: a label map of half its size with two rectangles, a heat map, polygons.</summary>
/// <remarks>
/// Class 1 lies at [400, 800) × [200, 600) of level 0, class 2 at [1200, 1400) × [800, 1000); the truth has class 1 alone, 100 further right.
/// </remarks>
internal static class DrawnSlide
{
    public const int Width = 1600, Height = 1200;
    public const double Microns = 0.5;

    public static readonly string[] Classes = ["background", "tumour", "stroma"];

    public static (byte Red, byte Green, byte Blue) ColourAt(int x, int y) => ((byte)(200 + x / 400 * 10), (byte)(120 + y / 300 * 20), 180);

    public static byte LabelAt(int x, int y) =>
        x is >= 400 and < 800 && y is >= 200 and < 600 ? (byte)1 : x is >= 1200 and < 1400 && y is >= 800 and < 1000 ? (byte)2 : (byte)0;

    public static byte HeatAt(int x, int y) => LabelAt(x, y) switch { 1 => 230, 2 => 140, _ => 20 };

    /// <summary>Writes the slide alone.</summary>
    public static string Write(string path)
    {
        using var file = new PyramidWriter(path, Width, Height, Microns, PyramidKind.Rgb);
        var row = new byte[Width * 3];
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
                (row[3 * x], row[3 * x + 1], row[3 * x + 2]) = ColourAt(x, y);
            file.Write(row);
        }
        file.Complete();
        return path;
    }

    /// <summary>An annotation beside a slide: a tumour, with a hole, and a group that is no class.</summary>
    public static void Annotate(string slide) => File.WriteAllText(Path.ChangeExtension(slide, ".geojson"), """
        {"type":"FeatureCollection","features":[
        {"type":"Feature","geometry":{"type":"Polygon","coordinates":[
         [[500,200],[900,200],[900,600],[500,600],[500,200]],[[600,300],[700,300],[700,400],[600,400],[600,300]]]},
         "properties":{"classification":{"name":"Tumour"}}},
        {"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[100,900],[300,900],[300,1100],[100,900]]]},
         "properties":{"classification":{"name":"vessel"}}}]}
        """);

    /// <summary>Adds results of a slide to an output folder, as inference leaves them.</summary>
    public static void AddResults(string folder, string slide, string name)
    {
        foreach (var kind in new[] { OutputKinds.Mask, OutputKinds.Heatmap, OutputKinds.GeoJson })
        {
            var path = Path.Combine(folder, kind.RelativePath(name));
            using var rows = kind.Open(new(kind, path, Width / 2, Height / 2, 2 * Microns, 2, Classes));
            for (var y = 0; y < Height / 2; y++)
                rows.Write([.. Enumerable.Range(0, Width / 2).Select(x => kind.Takes == OutputRows.Foreground ? HeatAt(2 * x, 2 * y) : LabelAt(2 * x, 2 * y))]);
            rows.Complete();
        }
        AddNote(folder, slide, name);
    }

    /// <summary>Notes that a slide is done, and of what classes.</summary>
    public static void AddNote(string folder, string slide, string name)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "run_metadata_20260101T000000Z.json"),
            """{"model":{"network":"unet","folder":"/gone/model","class_names":["background","tumour","stroma"]}}""");
        var note = new DoneRecord(new DoneKey
        {
            Slide = slide,
            Bytes = new FileInfo(slide).Length,
            ModifiedUtc = DateTime.UnixEpoch,
            Model = "m",
            MicronsPerPixel = 1,
            PatchSize = 256,
        }, [], null);
        note.Save(folder, name);
    }

    /// <summary>A folder with a slide that is annotated and segmented.</summary>
    public static void WriteAll(TempFolder folder)
    {
        Directory.CreateDirectory(folder["slides"]);
        var slide = Write(folder["slides/one.tif"]);
        Annotate(slide);
        AddResults(folder["out"], slide, "one");
    }
}
