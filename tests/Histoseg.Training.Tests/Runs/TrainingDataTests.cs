using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Output;
using Histoseg.Slides.Vips;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Tests.Runs;

/// <summary>The slides of a run: their names and their scale, and that all tools see them alike.</summary>
public sealed class TrainingDataTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("training-data").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Slides_of_one_name_are_told_apart()
    {
        foreach (var patient in new[] { "p1", "p2", "p3" })
            Picture(patient, "scan.png", 128);
        var manifest = Path.Combine(_folder, "m.csv");
        File.WriteAllText(manifest, "slide,split,patient\np1/scan.png,train,1\np2/scan.png,val,2\np3/scan.png,val,3\n");
        using var data = TrainingData.Open(new() { Data = new() { Manifest = manifest, PatchSize = 64, Stride = 64 } }, default);
        Assert.Equal(["p1_scan"], data.Training.Slides.Select(slide => slide.Name));
        Assert.Equal(["p2_scan", "p3_scan"], data.Validation.Select(slide => slide.Name));
    }

    [Fact]
    public void Pictures_of_a_folder_without_scale_are_at_the_trained_scale_for_training_check_and_report()
    {
        foreach (var name in new[] { "a.png", "b.png" })
        {
            Picture("images", name, 128);
            Picture("masks", name, 128, 0);
        }
        var config = new TrainConfig
        {
            Data = new()
            {
                Images = Path.Combine(_folder, "images"),
                Masks = Path.Combine(_folder, "masks"),
                Mpp = 0.5,
                PatchSize = 64,
                Stride = 64,
                ValidationShare = 0.5
            },
        };
        var manifest = config.LoadManifest();
        using (var data = TrainingData.Open(config, default))
            Assert.Equal((128, 1.0), (data.Validation.Single().View.Width, data.Validation.Single().View.Downsample));

        Assert.DoesNotContain(DatasetCheck.Run(manifest, new DatasetCheckSettings(config.ToClassMap(), config.ToMaskLabels())),
            finding => finding.Level == FindingLevel.Error);

        var predictions = Path.Combine(_folder, "predictions");
        foreach (var row in manifest.Rows)
        {
            using var writer =
                new PyramidWriter(Path.Combine(predictions, Path.GetFileNameWithoutExtension(row.Slide) + ".tif"), 128, 128, 0.5, PyramidKind.Labels);
            writer.Write(new byte[128 * 128]);
            writer.Complete();
        }
        var scored = EvaluationRun.Run(predictions, manifest.Rows, config.ToClassMap(), predictions, config.ToMaskLabels());
        Assert.All(scored.Slides, slide => Assert.Null(slide.Error));
        Assert.Equal(2, ResultReport.Gather(config, "", scored, manifest.Rows, []).Slides.Count);
    }

    private void Picture(string folder, string name, int side, byte value = 128)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, folder)).FullName, name);
        var pixels = new byte[side * side * 3];
        pixels.AsSpan().Fill(value);
        Pictures.WritePng(path, pixels, side, side);
    }
}
