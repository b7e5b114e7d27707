using System.Globalization;
using System.Text.Json;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Segmentation.Inference;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Labels;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;
using NetTopologySuite.Geometries;
using NetVips;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>A picture with a frame of tumour and a disc of gland, segmented once into all kinds of files.</summary>
public sealed class SegmentedPicture : IDisposable
{
    internal const int Width = 1203, Height = 811;
    internal const double SlideMpp = 0.25, ModelMpp = 0.61;

    public SegmentedPicture()
    {
        var pixels = new byte[Width * Height * 3];
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
            {
                var (r, g, b) = Truth(x + 0.5, y + 0.5) switch { 1 => (200, 60, 160), 2 => (60, 200, 160), _ => (210, 200, 210) };
                var at = (y * Width + x) * 3;
                (pixels[at], pixels[at + 1], pixels[at + 2]) = ((byte)r, (byte)g, (byte)b);
            }
        using var image = Image.NewFromMemory(pixels, Width, Height, 3, Enums.BandFormat.Uchar);
        image.WriteToFile(Slide);
        Result = new BatchInference(FakeSegmenter.ByColour(64), new("fake", "model", "hash", ["background", "tumour", "gland"], ModelMpp, "CPU"),
            new() { MppOverride = SlideMpp })
            .Run([Slide], Out);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("histoseg-e2e-").FullName;
    public string Slide => Path.Combine(Root, "slide.png");
    public string Out => Path.Combine(Root, "out");
    public BatchInferenceResult Result { get; }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>The class at a level-0 point.</summary>
    internal static int Truth(double x, double y) =>
        x is > 150 and < 650 && y is > 100 and < 500 && !(x is > 300 and < 450 && y is > 200 and < 350) ? 1
        : (x - 900) * (x - 900) + (y - 550) * (y - 550) < 170 * 170 ? 2 : 0;
}

/// <summary>From a picture on disk to the files a pathologist opens: everything at its place and scale.</summary>
public sealed class EndToEndTests(SegmentedPicture picture) : IClassFixture<SegmentedPicture>
{
    private const int Width = SegmentedPicture.Width, Height = SegmentedPicture.Height;
    private const double SlideMpp = SegmentedPicture.SlideMpp, ModelMpp = SegmentedPicture.ModelMpp,
        D = ModelMpp / SlideMpp; // 2.44 level-0 pixels per label pixel
    private const double TumourArea = 500 * 400 - 150 * 150;
    private readonly string _out = picture.Out;

    private static int Truth(double x, double y) => SegmentedPicture.Truth(x, y);

    [Fact]
    public void Batch_is_done() => Assert.Equal(WorkOutcome.Complete, picture.Result.Outcome);

    [Fact]
    public void Mask_opens_as_a_slide_with_the_right_scale_and_labels_at_their_place()
    {
        var path = Path.Combine(_out, "segmentations", "slide.tif");
        using var slide = SlideFile.Open(path);
        Assert.Equal(ModelMpp, slide.MicronsPerPixel!.Value, 6);
        using var labels = new LabelPicture(path, LabelPictureKind.Prediction);
        Assert.Equal((slide.Levels[0].Width, slide.Levels[0].Height), (labels.Width, labels.Height));
        Assert.Equal(((int)Math.Round(Width / D), (int)Math.Round(Height / D)), (labels.Width, labels.Height));
        var rows = labels.ReadRows(0, labels.Height);
        for (var y = 0; y < labels.Height; y++)
            for (var x = 0; x < labels.Width; x++)
            {
                double cx = (x + 0.5) * D, cy = (y + 0.5) * D;
                var near = new[] { -1.2 * D, 0, 1.2 * D }.SelectMany(dy => new[] { -1.2 * D, 0, 1.2 * D }.Select(dx => Truth(cx + dx, cy + dy)));
                if (near.Distinct().Count() == 1)
                    Assert.Equal(Truth(cx, cy), rows[y * labels.Width + x]);
            }
    }

    [Fact]
    public void Heat_map_is_hot_where_the_classes_are()
    {
        using var heat = new LabelPicture(Path.Combine(_out, "heatmaps", "slide.tif"), LabelPictureKind.Prediction);
        var rows = heat.ReadRows(0, heat.Height);
        int At(double x, double y) => rows[(int)(y / D) * heat.Width + (int)(x / D)];
        Assert.InRange(At(200, 150), 241, 243);
        Assert.InRange(At(900, 550), 241, 243);
        Assert.InRange(At(375, 275), 24, 27);
        Assert.InRange(At(1100, 50), 24, 27);
    }

    [Fact]
    public void Outlines_are_valid_polygons_in_level_0_pixels()
    {
        var features = JsonDocument.Parse(File.ReadAllText(Path.Combine(_out, "model-outputs-geojson",
            "slide.geojson"))).RootElement.GetProperty("features").EnumerateArray().ToList();
        Assert.Equal(2, features.Count);
        Polygon Shape(string name)
        {
            var feature = features.Single(f => f.GetProperty("properties").GetProperty("classification").GetProperty("name").GetString() == name);
            var rings = feature.GetProperty("geometry").GetProperty("coordinates").EnumerateArray()
                .Select(ring =>
                    new LinearRing([.. ring.EnumerateArray().Select(point => new Coordinate(point[0].GetDouble(), point[1].GetDouble()))])).ToArray();
            return new Polygon(rings[0], rings[1..]);
        }

        var tumour = Shape("tumour");
        Assert.True(tumour.IsValid);
        Assert.Single(tumour.Holes);
        Assert.Equal(150, tumour.EnvelopeInternal.MinX, D);
        Assert.Equal(650, tumour.EnvelopeInternal.MaxX, D);
        Assert.Equal(100, tumour.EnvelopeInternal.MinY, D);
        Assert.Equal(500, tumour.EnvelopeInternal.MaxY, D);
        Assert.InRange(tumour.Area, 0.98 * TumourArea, 1.02 * TumourArea);
        var gland = Shape("gland");
        Assert.True(gland.IsValid);
        Assert.Equal(900, gland.Centroid.X, 0.5);
        Assert.Equal(550, gland.Centroid.Y, 0.5);
    }

    [Fact]
    public void Areas_are_in_square_millimetres()
    {
        var lines = File.ReadAllLines(Path.Combine(_out, "model-outputs-csv", "slide.csv"));
        var columns = lines[0].Split(',');
        double Area(string name) =>
            double.Parse(lines.Single(line => line.StartsWith(name + ",", StringComparison.Ordinal)).Split(',')[Array.IndexOf(columns, "area_mm2")],
                CultureInfo.InvariantCulture);
        const double mm2PerPixel = SlideMpp * SlideMpp / 1e6;
        Assert.InRange(Area("tumour"), 0.98 * TumourArea * mm2PerPixel, 1.02 * TumourArea * mm2PerPixel);
        Assert.InRange(Area("background") + Area("tumour") + Area("gland"), 0.99 * Width * Height * mm2PerPixel, 1.01 * Width * Height * mm2PerPixel);
    }

    [Fact]
    public void Outlines_read_back_as_annotation_score_the_mask_nearly_1()
    {
        var map = new ClassMap(["background", "tumour", "gland"], [new(["tumour"], "tumour"), new(["gland"], "gland")], [], []);
        var row = new ManifestRow(picture.Slide, Path.Combine(_out, "model-outputs-geojson", "slide.geojson"), null, null, "slide", SlideMpp);
        var result = EvaluationRun.Run(_out, [row], new(map), Path.Combine(picture.Root, "tables"));
        Assert.Equal(WorkOutcome.Complete, result.Outcome);
        Assert.True(result.MeanForegroundDice > 0.9999, $"Dice {result.MeanForegroundDice}");
    }
}
