using Histoseg.Segmentation.Evaluation;
using Histoseg.Segmentation.Evaluation.Froc;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Output;
using Histoseg.Slides.Sampling;
using NetVips;

namespace Histoseg.Segmentation.Tests.Evaluation;

public sealed class EvaluationRunTests : IDisposable
{
    private const int Width = 1200, Height = 900; // of slides; label maps have half of it
    private static readonly ClassMap _map = new(["background", "tumour"], [new(["tumour"], "tumour")], [], []);
    private readonly string _root = Directory.CreateTempSubdirectory("histoseg-eval-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string Picture(string name, int width, int height, int bands, Func<int, int, byte> value)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var pixels = new byte[width * height * bands];
        for (var i = 0; i < pixels.Length; i++)
            pixels[i] = value(i / bands % width, i / bands / width);
        using var image = Image.NewFromMemory(pixels, width, height, bands, Enums.BandFormat.Uchar);
        image.WriteToFile(path);
        return path;
    }

    private void Predict(string name, Func<int, int, byte> label, int width = Width / 2, int height = Height / 2) =>
        Write("segmentations", name, PyramidKind.Labels, label, width, height);

    private void Heat(string name, Func<int, int, byte> heat, int width = Width / 2, int height = Height / 2) =>
        Write("heatmaps", name, PyramidKind.Grey8, heat, width, height);

    private void Write(string folder, string name, PyramidKind kind, Func<int, int, byte> value, int width, int height)
    {
        using var writer = new PyramidWriter(Path.Combine(_root, "out", folder, name + ".tif"), width, height, 0.5, kind);
        for (var y = 0; y < height; y++)
            writer.Write([.. Enumerable.Range(0, width).Select(x => value(x, y))]);
        writer.Complete();
    }

    private ManifestRow Row(string name, Func<int, int, byte>? mask) =>
        new(Picture(name + ".png", Width, Height, 3, (_, _) => 200), null, mask is null ? null : Picture(name + "_mask.png", Width, Height, 1, mask), null,
            name, 0.25);

    private EvaluationResult Froc(string? detections, params ManifestRow[] rows) =>
        EvaluationRun.Run(Path.Combine(_root, "out"), rows, new(_map), Path.Combine(_root, "tables"), froc: new(1, detections));

    private EvaluationResult Run(params ManifestRow[] rows) => EvaluationRun.Run(Path.Combine(_root, "out"), rows, new(_map), Path.Combine(_root, "tables"));

    private string Table(string name) => File.ReadAllText(Path.Combine(_root, "tables", name));

    [Fact]
    public void Label_maps_are_scored_at_their_place_and_scale()
    {
        // Truth: level-0 columns 400 … 799. Prediction: label columns 200 … 449, rows from 225 on unreadable.
        var row = Row("a", (x, _) => x is >= 400 and < 800 ? (byte)1 : (byte)0);
        Predict("a", (x, y) => y >= 225 ? (byte)255 : x is >= 200 and < 450 ? (byte)1 : (byte)0);
        var empty = Row("b", null);
        Predict("b", (_, _) => 0);

        var result = Run(row, empty);
        Assert.Equal(WorkOutcome.Complete, result.Outcome);
        Assert.Equal(new ClassScore(1, 200 * 225, 250 * 225, 200 * 225, 200 * 225), result.Slides[0].Scores!.Confusion.Score(1));
        Assert.Equal(1, result.Slides[1].Scores!.Confusion.Score(1).Dice);
        Assert.Equal(result.Slides[0].Scores!.Confusion.Score(1), result.Pooled!.Confusion.Score(1));
        Assert.Equal((2 * 200.0 / 450 + 1) / 2, result.MeanForegroundDice!.Value, 12);
        Assert.Equal(new RegionScore(1, RegionSize.XL, 1, 1, 200 * 225, 250 * 225, 200 * 225), result.Pooled.Regions.Single(region => region.Regions > 0));

        var csv = Table("evaluation.csv").Split("\r\n");
        Assert.Equal(1 + 3 * 2 + 1, csv.Length);
        Assert.StartsWith("a,tumour,0.888889,0.8,0.8,1,45000,56250,45000,45000,", csv[2]);
        Assert.EndsWith(",0,0,,,1,1,0.888889,1", csv[2]);
        Assert.StartsWith("(pooled),background,", csv[5]);
        Assert.Contains("| tumour | 0.8889 | 0.8000 | 0.8000 | 1.0000 | 45000 | 56250 |", Table("evaluation.md"));
        Assert.DoesNotContain("Not scored", Table("evaluation.md"));
    }

    [Fact]
    public void A_slide_of_which_nothing_counts_or_nothing_was_read_is_in_no_score()
    {
        var row = Row("a", (x, _) => x is >= 400 and < 800 ? (byte)1 : (byte)0);
        Predict("a", (x, _) => x is >= 200 and < 450 ? (byte)1 : (byte)0);
        var ignored = Row("b", (_, _) => 255);
        Predict("b", (_, _) => 0);
        var unread = Row("c", null);
        Predict("c", (_, _) => 255);
        var result = Run(row, ignored, unread);
        Assert.Equal(WorkOutcome.Partial, result.Outcome);
        Assert.Equal(2 * 200.0 / 450, result.MeanForegroundDice!.Value, 12);
        Assert.Contains("no pixel of it counts (255 throughout)", result.Slides[1].Error);
        Assert.Contains("no pixel that counts has a prediction", result.Slides[2].Error);
        Assert.Equal(WorkOutcome.Failed, Run(ignored).Outcome);
    }

    [Fact]
    public void An_override_of_the_scale_counts_in_a_lesion_FROC()
    {
        var (tumour, normal) = Lesions();
        // 700 pixels are 350 µm at the rows' 0.5 µm; at 0.25 the lesion is one of isolated tumour cells.
        int Isolated(double? mpp) => EvaluationRun.Run(Path.Combine(_root, "out"), [tumour, normal], new(_map, OverrideMpp: mpp),
            Path.Combine(_root, "tables"), froc: new(1, null)).Slides[0].Froc!.Isolated;
        Assert.Equal((0, 1), (Isolated(null), Isolated(0.25)));
    }

    [Fact]
    public void Slides_that_cannot_be_scored_are_told_and_the_rest_is_done()
    {
        var good = Row("a", (_, _) => 1);
        Predict("a", (_, _) => 1);
        var unpredicted = Row("b", null);
        var other = Row("c", null);
        Predict("c", (_, _) => 0, 300, 450);
        var broken = Row("d", null);
        File.WriteAllText(Path.Combine(_root, "out", "segmentations", "d.tif"), "text");
        var foreign = Row("e", null);
        Predict("e", (_, _) => 7);
        var result = Run(good, unpredicted, other, broken, foreign);
        Assert.Equal(WorkOutcome.Partial, result.Outcome);
        Assert.Null(result.Slides[0].Error);
        Assert.Equal(Remedy.SegmentFirst, result.Slides[1].Remedy);
        Assert.Contains("another slide", result.Slides[2].Error);
        Assert.Contains("cannot be read", result.Slides[3].Error);
        Assert.Contains("label 7", result.Slides[4].Error);
        Assert.All(result.Slides.Skip(1), slide => Assert.DoesNotContain('\n', slide.Error!));
        Assert.Contains("## Not scored", Table("evaluation.md"));
        Assert.Equal(WorkOutcome.Failed, Run(unpredicted).Outcome);
        Assert.Throws<SlideError>(() => EvaluationRun.Run(Path.Combine(_root, "nowhere"), [good], new(_map), _root));
    }

    [Fact]
    public void Prediction_told_apart_by_its_folder_is_found()
    {
        var row = Row("p1/a", (_, _) => 1);
        Predict("p1_a", (_, _) => 1);
        Assert.Equal(WorkOutcome.Complete, Run(row).Outcome);
    }

    [Fact]
    public void Scale_comes_from_the_sizes_where_the_slide_tells_none()
    {
        var row = Row("a", (x, y) => x < 400 && y < 300 ? (byte)1 : (byte)0) with { Mpp = null };
        Predict("a", (x, y) => x < 200 && y < 150 ? (byte)1 : (byte)0);
        Assert.Equal(1, Run(row).MeanForegroundDice);
    }

    [Fact]
    public void Objects_are_scored_where_they_are_asked_for()
    {
        // Label maps have 0.5 µm per pixel. On a: an object of 100 × 100 of their pixels, of which 80 × 100 are found. On b: a false alarm.
        var found = Row("a", (x, y) => x is >= 200 and < 400 && y is >= 200 and < 400 ? (byte)1 : (byte)0);
        Predict("a", (x, y) => x is >= 100 and < 180 && y is >= 100 and < 200 ? (byte)1 : (byte)0);
        var empty = Row("b", null);
        Predict("b", (x, y) => x < 10 && y < 10 ? (byte)1 : (byte)0);
        var result = EvaluationRun.Run(Path.Combine(_root, "out"), [found, empty], new(_map), Path.Combine(_root, "tables"), objects: true);
        Assert.Equal(WorkOutcome.Complete, result.Outcome);
        Assert.Equal(
        [
            "slide,class,truth_objects,predicted_objects,true_positives,false_positives,false_negatives,object_precision,object_recall,"
            + "object_f1,object_dice,object_hausdorff_px,object_hausdorff_um",
            "a,tumour,1,1,1,0,0,1,1,1,0.888889,20,10",
            "b,tumour,0,1,0,1,0,0,1,0,0,,",
            "(mean),tumour,,,,,,,,0.5,0.444444,20,10",
            "(pooled),tumour,1,2,1,1,0,0.5,1,0.666667,0.883402,20,10",
            "",
        ], Table("objects.csv").Split("\r\n"));
        Assert.Contains("| a: tumour | 1 | 1 | 1 | 1.0000 | 0.8889 | 20.00 | 10.00 |", Table("evaluation.md"));
        Assert.Contains("| b: tumour | 0 | 1 | 0 | 0.0000 | 0.0000 | – | – |", Table("evaluation.md"));
        Assert.Contains("(pooled): over all objects. 1 object on slides without any of the other side: left out of the distances.", Table("evaluation.md"));

        File.Delete(Path.Combine(_root, "tables", "objects.csv"));
        Run(found, empty);
        Assert.False(File.Exists(Path.Combine(_root, "tables", "objects.csv")));
        Assert.DoesNotContain("## Objects", Table("evaluation.md"));
    }

    /// <summary>
    /// A slide with a lesion of 1000 × 1000 level-0 pixels of 0.5 µm, found with 200/255, and a false alarm of 100/255; and one without tumour, with a
    /// false alarm of 250/255.
    /// </summary>
    private (ManifestRow Tumour, ManifestRow Normal) Lesions()
    {
        static bool In(int x, int y, int left, int top, int side) => x >= left && x < left + side && y >= top && y < top + side;
        var tumour = Row("a", (x, y) => In(x, y, 100, 100, 700) ? (byte)1 : (byte)0) with { Mpp = 0.5 };
        Predict("a", (x, y) => In(x, y, 100, 100, 50) || In(x, y, 550, 400, 4) ? (byte)1 : (byte)0);
        Heat("a", (x, y) => In(x, y, 120, 130, 9) ? (byte)200 : In(x, y, 540, 390, 30) ? (byte)100 : (byte)20);
        var normal = Row("b", null) with { Mpp = 0.5 };
        Predict("b", (x, y) => In(x, y, 10, 20, 5) ? (byte)1 : (byte)0);
        Heat("b", (_, _) => 250);
        return (tumour, normal);
    }

    [Fact]
    public void Lesion_FROC_of_label_and_heat_maps()
    {
        var (tumour, normal) = Lesions();
        var result = Froc(null, tumour, normal);
        Assert.Equal(WorkOutcome.Complete, result.Outcome);
        Assert.Equal([new(200 / 255.0, 2 * 124 + 1, 2 * 130 + 1), new(100 / 255.0, 2 * 551 + 1, 801)],
            DetectionList.Read(Path.Combine(_root, "tables", "detections", "a.csv")).Select(d => d with { Confidence = Math.Round(d.Confidence * 255) / 255 }));
        Assert.Equal("0.980392,25,41\n", Table("detections/b.csv"));
        // 250: the false alarm on b; 200: the lesion; 100: the other false alarm. So sensitivity rises from (½, 0) to (½, 1).
        Assert.Equal("threshold,false_positives_per_slide,sensitivity\r\n,0,0\r\n0.980392,0.5,0\r\n0.784314,0.5,1\r\n0.392157,1,1\r\n", Table("froc.csv"));
        Assert.Equal(5 / 6.0, result.Froc!.Score!.Value, 12);
        Assert.Contains("tumour: score 0.8333, 1 lesion on 2 slides, 0 regions of isolated tumour cells left out.", Table("evaluation.md"));
        Assert.Contains("| 0.25 | 0.0000 |", Table("evaluation.md"));
        Assert.Contains("| a | 1 | 1 | 1 | 0 |", Table("evaluation.md"));

        var given = Froc(Path.Combine(_root, "tables", "detections"), tumour, normal);
        Assert.Equal(result.Froc.Score, given.Froc!.Score);
        Assert.DoesNotContain("FROC", Run(tumour).Froc is null ? Table("evaluation.md") : "FROC");
    }

    [Fact]
    public void Lesion_FROC_says_what_it_lacks()
    {
        var (tumour, normal) = Lesions();
        File.Delete(Path.Combine(_root, "out", "heatmaps", "a.tif"));
        Heat("b", (_, _) => 0, width: 300);
        var without = Row("c", null) with { Mpp = null };
        Predict("c", (_, _) => 0);
        Heat("c", (_, _) => 0);
        var result = Froc(null, tumour, normal, without);
        Assert.Equal(Remedy.MakeHeatMaps, result.Slides[0].Remedy);
        Assert.Contains("300 × 450", result.Slides[1].Error);
        Assert.Contains("does not tell its scale", result.Slides[2].Error);
        Assert.Equal((WorkOutcome.Failed, null), (result.Outcome, result.Froc));
    }
}
