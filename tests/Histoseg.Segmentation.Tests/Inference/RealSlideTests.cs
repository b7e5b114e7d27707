using Histoseg.Segmentation.Inference;
using Histoseg.Slides.Labels;
using Histoseg.Slides.OpenSlide;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>Scanner files, good and bad, in one batch.</summary>
public sealed class RealSlideTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("histoseg-real-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [SkippableFact]
    public void Good_slides_are_done_and_bad_ones_listed()
    {
        var data = SharedData.Find("data");
        Skip.If(data is null, "shared/data is not here");
        Skip.IfNot(OpenSlideLibrary.Found.IsAvailable, "OpenSlide is not installed");
        var good = Path.Combine(data, "slides", "cmu-1-small-region.svs");
        var scaleless = Path.Combine(data, "slides", "tcga-cr-7395-01a-01-ts1.svs");
        var whole = File.ReadAllBytes(Path.Combine(data, "slides_glas", "dev_slide_1.tif"));
        var truncated = Path.Combine(_root, "truncated.tif");
        File.WriteAllBytes(truncated, whole[..(whole.Length * 6 / 10)]);
        var text = Path.Combine(_root, "text.svs");
        File.WriteAllText(text, "not a slide");

        // Tissue by colour: redder than green.
        using var segmenter = new FakeSegmenter(256, 4, 2, (rgb, probabilities) =>
        {
            for (var i = 0; i < rgb.Length; i += 3)
            {
                var p = 1 / (1 + MathF.Exp((30 - (rgb[i] - rgb[i + 1])) / 5f));
                probabilities[i / 3 * 2] = 1 - p;
                probabilities[i / 3 * 2 + 1] = p;
            }
        });
        var batch = new BatchInference(segmenter, new("colour", "model", "hash", ["background", "tissue"], 1, "CPU"), new() { Overlap = 0.25 });
        var result = batch.Run([good, scaleless, truncated, text], Path.Combine(_root, "out"));

        Assert.Equal(WorkOutcome.Partial, result.Outcome);
        var done = result.Slides[0];
        Assert.Null(done.Error);
        Assert.Equal((1108, 1481), (done.Segmentation!.Width, done.Segmentation.Height)); // 2220 × 2967 at 0.499 µm
        using var labels = new LabelPicture(Path.Combine(_root, "out", done.Outputs![0]), LabelPictureKind.Prediction);
        var share = labels.ReadRows(0, labels.Height).Count(label => label == 1) / (double)(labels.Width * labels.Height);
        Assert.InRange(share, 0.2, 0.95);
        Assert.Contains("give its µm per pixel", result.Slides[1].Error);
        Assert.Equal(SlideStatus.Failed, result.Slides[3].Status);
        var failures = File.ReadAllText(Path.Combine(_root, "out", "failures.csv"));
        Assert.Contains("truncated.tif", failures);
        Assert.Contains("text.svs", failures);
        Assert.DoesNotContain("cmu-1", failures);
    }
}
