using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Studies;

namespace Histoseg.Training.Tests.Studies;

/// <summary>Tables made of counts that are worked out by hand.</summary>
public class StudyTablesTests
{
    private static readonly Manifest Slides =
        new("m.csv", [new("a.tif", null, null, DataSplit.Test, "a", null), new("b.tif", null, null, DataSplit.Train, "b", null)]);

    // A slide with so many pixels of true foreground found, missed, and falsely found; a small region with a tenth of them.
    private static SlideCounts Slide(long found, long missed, long falsely) => new("a", "a", [[1000, falsely], [missed, found]], [0, 0],
        [new(1, RegionSize.XS, 2, 1, 10, 10, 4), new(1, RegionSize.XL, 1, 1, found + missed, found + falsely, found)]);

    private static StudyRunState Run(string network, int fold, int seed, params SlideCounts[] slides) => new(
        new(network, network == "unet" ? null : 7, 8, new(fold, Slides), seed),
        slides.Length == 0 ? null : new()
        {
            Network = new() { Name = network, Width = 8 },
            Seed = seed,
            ClassNames = ["background", "tumour"],
            Parameters = 1_234_567,
            ParametersWithoutBackbone = 12_345,
            OutputStride = 8,
            Iterations = 5,
            ModelIteration = 5,
            TrainingMinutes = 1,
            EvaluationMinutes = 1,
            Device = "a device",
            SizeLimit = 50_000,
            Slides = slides,
        }, null);

    [Fact]
    public void The_score_is_the_mean_over_slides_then_over_seeds()
    {
        // Dice 0.5 and 1 in two folds of seed 1; 0.5 and 0.5 of seed 2.
        StudyRunState[] runs = [Run("unet", 1, 1, Slide(50, 50, 50)), Run("unet", 2, 1, Slide(10, 0, 0)), Run("unet", 1, 2, Slide(50, 50, 50)),
            Run("unet", 2, 2, Slide(1, 1, 1))];
        var score = StudyScore.Of(runs, StudyScore.OverSlides)!.Value;
        Assert.Equal(0.625, score.Mean, 12);
        Assert.Equal(0.125 * Math.Sqrt(2), score.Deviation!.Value, 12);
        Assert.Equal("0.6250 ± 0.1768 (2)", score.ToString());
        // All pixels: 2·60/(2·60 + 50 + 50) and 2·51/(2·51 + 51 + 51).
        Assert.Equal((120.0 / 220 + 0.5) / 2, StudyScore.Of(runs, StudyScore.Pooled)!.Value.Mean, 12);
    }

    [Fact]
    public void A_seed_with_folds_missing_counts_only_where_none_is_whole()
    {
        StudyRunState[] runs =
            [Run("unet", 1, 1, Slide(50, 50, 50)), Run("unet", 2, 1, Slide(10, 0, 0)), Run("unet", 1, 2, Slide(50, 50, 50)), Run("unet", 2, 2)];
        Assert.Equal(new StudyScore(0.75, null, 1), StudyScore.Of(runs, StudyScore.OverSlides));
        Assert.Equal(new StudyScore(0.5, null, 0), StudyScore.Of(runs[2..], StudyScore.OverSlides));
        Assert.Equal(["0.5", "", "0"], StudyScore.Cell(StudyScore.Of(runs[2..], StudyScore.OverSlides)).CsvValues);
        // Of two seeds with other folds each, the deviation would be that of the folds.
        StudyRunState[] parts = [Run("unet", 1, 1, Slide(50, 50, 50)), Run("unet", 2, 1), Run("unet", 1, 2), Run("unet", 2, 2, Slide(10, 0, 0))];
        Assert.Equal("0.7500, folds missing", StudyScore.Of(parts, StudyScore.OverSlides)!.Value.ToString());
        Assert.Null(StudyScore.Of(runs[3..], StudyScore.OverSlides));
    }

    [Fact]
    public void Regions_are_pooled_by_size()
    {
        var tables =
            new StudyTables(new StudyConfig { Seeds = [1], Folds = 2 }, [Run("unet", 1, 1, Slide(50, 50, 50)), Run("unet", 2, 1, Slide(10, 0, 0))], null);
        var row = Assert.Single(tables.Of(StudyTarget.Table4).Rows);
        Assert.Equal(["unet", "0.4000", "0.5455", "4", "2"], row.Cells.Select(cell => cell.Text));
    }

    [Fact]
    public void Table_1_says_what_is_not_there_yet()
    {
        var failed = Run("resnet50-gicn", 2, 1) with { Failure = "the loss <diverged>" };
        var table = new StudyTables(new StudyConfig { Folds = 2 }, [Run("unet", 1, 1, Slide(1, 1, 1)), Run("resnet50-gicn", 1, 1), Run("unet", 2, 1), failed],
            new StudyTimes("a device", [new(new() { Name = "unet", Width = 8 }, 12.34)])).Of(StudyTarget.Table1);
        Assert.Equal(["unet", "8", "0.5000, folds missing", "0.5000, folds missing", "1.23 M", "12 K", "12.3 ms", "8"],
            table.Rows[0].Cells.Select(cell => cell.Text));
        Assert.Equal(["resnet50-gicn", "8", "–", "–", "–", "–", "–", "–"], table.Rows[1].Cells.Select(cell => cell.Text));
        Assert.Contains(table.Notes, note => note.Contains("; on a device", StringComparison.Ordinal));

        var folder = Directory.CreateTempSubdirectory("table").FullName;
        try
        {
            StudyTableWriter.Write(folder, "table1", table);
            var markdown = File.ReadAllLines(Path.Combine(folder, "table1.md"));
            Assert.EndsWith("| ---: | --- |", markdown[3]);
            Assert.EndsWith("| [fold1-seed1](runs/unet/fold1-seed1/report.html), fold2-seed1 –, not run yet |", markdown[4]);
            Assert.EndsWith("| k7 fold1-seed1 –, not run yet, k7 fold2-seed1 failed: the loss <diverged> |", markdown[5]);
            Assert.Contains("failed: the loss &lt;diverged&gt;", File.ReadAllText(Path.Combine(folder, "table1.html")));
            Assert.Contains("<td class=\"text\"><a href=\"runs/unet/fold1-seed1/report.html\">fold1-seed1</a>, fold2-seed1 ",
                File.ReadAllText(Path.Combine(folder, "table1.html")));
            var csv = File.ReadAllLines(Path.Combine(folder, "table1.csv"));
            Assert.Equal("unet,8,0.5,,0,0.5,,0,1234567,12345,12.34,8,1,2,runs/unet/fold1-seed1 runs/unet/fold2-seed1", csv[1]);
            Assert.Equal("resnet50-gicn,8,,,,,,,,,,,0,2,runs/resnet50-gicn-k7/fold1-seed1 runs/resnet50-gicn-k7/fold2-seed1", csv[2]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
