using System.Text.Json;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Segmentation.Inference;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.OpenSlide;
using Histoseg.Slides.Tests.Fakes;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>A slide of which a part was scanned: polygons are where QuPath and ASAP have them, written and read.</summary>
public sealed class OriginTests : IDisposable
{
    private const int Left = 128, Top = 192;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // A square of tumour 100 … 300 of the scan.
    private BatchInferenceResult Segment(CoordinateOrigin origin, string output)
    {
        if (!File.Exists(_folder["s.scn"]))
            LeicaScn.Write(_folder["s.scn"], 1024, 768, Left, Top, 768, 512, (x, y) =>
                x is >= 100 and < 300 && y is >= 100 and < 300 ? ((byte)200, (byte)60, (byte)160) : ((byte)210, (byte)200, (byte)210));
        return Run(FakeSegmenter.ByColour(64), origin, output);
    }

    private BatchInferenceResult Run(FakeSegmenter segmenter, CoordinateOrigin origin, string output) =>
        new BatchInference(segmenter, new("fake", "model", "hash", ["background", "tumour", "gland"], 0.5, "CPU"),
            new() { PolygonOrigin = origin, Outputs = [OutputKinds.Mask, OutputKinds.GeoJson, OutputKinds.Asap] }).Run([_folder["s.scn"]], _folder[output]);

    private (double, double, double, double) Box(string output)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder[output], "model-outputs-geojson", "s.geojson")));
        var points = json.RootElement.GetProperty("features").EnumerateArray()
            .Single(f => f.GetProperty("properties").GetProperty("classification").GetProperty("name").GetString() == "tumour")
            .GetProperty("geometry").GetProperty("coordinates")[0].EnumerateArray().Select(p => (X: p[0].GetDouble(), Y: p[1].GetDouble())).ToList();
        return (points.Min(p => p.X), points.Min(p => p.Y), points.Max(p => p.X), points.Max(p => p.Y));
    }

    [SkippableFact]
    public void Polygons_are_written_from_the_corner_of_the_scanned_part_unless_the_slides_is_wanted()
    {
        Skip.IfNot(OpenSlideLibrary.Found.IsAvailable, "OpenSlide is not installed");
        var result = Segment(CoordinateOrigin.Auto, "auto");
        Assert.Equal($"{_folder["s.scn"]}: polygons in GeoJSON are counted from the corner of the scanned part (128, 192), as QuPath does",
            Assert.Single(result.Slides.Single().Notes));
        Assert.Equal((100.0, 100.0, 300.0, 300.0), Box("auto"));
        // ASAP counts from the slide's own corner whatever part was scanned.
        var asap = AnnotationFile.Load(_folder["auto/model-outputs-asap/s.xml"]).Regions.Single(region => region.Group == "tumour").Ring;
        Assert.Equal((228.0, 292.0, 428.0, 492.0), (asap.Min(p => p.X), asap.Min(p => p.Y), asap.Max(p => p.X), asap.Max(p => p.Y)));
        Assert.Empty(Segment(CoordinateOrigin.Slide, "slide").Slides.Single().Notes);
        Assert.Equal((228.0, 292.0, 428.0, 492.0), Box("slide"));
        Segment(CoordinateOrigin.Bounds, "bounds");
        Assert.Equal(Box("auto"), Box("bounds"));
        // The note of what is done knows the origin.
        Assert.Equal(SlideStatus.Skipped, Segment(CoordinateOrigin.Auto, "auto").Slides.Single().Status);
        Assert.Equal(SlideStatus.Done, Segment(CoordinateOrigin.Slide, "auto").Slides.Single().Status);
    }

    [SkippableFact]
    public void What_a_network_finds_beside_the_scanned_part_gets_no_polygon_there()
    {
        Skip.IfNot(OpenSlideLibrary.Found.IsAvailable, "OpenSlide is not installed");
        LeicaScn.Write(_folder["s.scn"], 1024, 768, Left, Top, 768, 512, (_, _) => (200, 60, 160));
        // Patches that reach over the part's edge hold white beside it.
        var everywhere = new FakeSegmenter(64, 4, 3, (_, probabilities) =>
        {
            for (var i = 0; i < probabilities.Length; i++)
                probabilities[i] = i % 3 == 1 ? 0.8f : 0.1f;
        });
        Run(everywhere, CoordinateOrigin.Auto, "out");
        Assert.Equal((0.0, 0.0, 768.0, 512.0), Box("out"));
    }

    [SkippableFact]
    public void Polygons_read_back_score_the_label_map_1_and_so_does_Asap_from_the_slides_corner()
    {
        Skip.IfNot(OpenSlideLibrary.Found.IsAvailable, "OpenSlide is not installed");
        Segment(CoordinateOrigin.Auto, "out");
        var asap = _folder.Write("a.xml", "<ASAP_Annotations><Annotation PartOfGroup=\"tumour\"><Coordinate X=\"228\" Y=\"292\"/>"
            + "<Coordinate X=\"428\" Y=\"292\"/><Coordinate X=\"428\" Y=\"492\"/><Coordinate X=\"228\" Y=\"492\"/></Annotation></ASAP_Annotations>");
        var written = Path.Combine(_folder["out"], "model-outputs-geojson", "s.geojson");
        double Dice(string annotation, CoordinateOrigin origin) => EvaluationRun.Run(_folder["out"], [new(_folder["s.scn"], annotation, null, null, "s", null)],
            new(new(["background", "tumour"], [new(["tumour"], "tumour")], [], ["gland"]), Origin: origin), _folder["tables"]).MeanForegroundDice!.Value;
        Assert.Equal(1, Dice(written, CoordinateOrigin.Auto));
        Assert.Equal(1, Dice(asap, CoordinateOrigin.Auto));
        Assert.Equal(1, Dice(asap, CoordinateOrigin.Slide));
        Assert.InRange(Dice(written, CoordinateOrigin.Slide), 0, 0.5);
        Assert.InRange(Dice(asap, CoordinateOrigin.Bounds), 0, 0.5);
    }
}
