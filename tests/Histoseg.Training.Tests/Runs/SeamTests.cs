using Histoseg.Engine.Backends.Cpu;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Output;
using Histoseg.Slides.Synthesis;
using Histoseg.Training.Config;

namespace Histoseg.Training.Tests.Runs;

/// <summary>With tiles that are large against the borders' context, a trained network's labels hardly depend on where the tiles lie.</summary>
[Trait("Category", "Slow")]
public sealed class SeamTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("seams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Shifting_the_tiles_of_a_trained_network_changes_under_a_fifth_of_a_percent()
    {
        var config = new TrainConfig
        {
            Network = new() { Width = 8, GicnChannels = 8 },
            Data = new()
            {
                Manifest = SlideSynthesiser.WriteSet(_folder, 2, 1, 0, 1, 3072, 3072, 0.5, _ => { }),
                Mpp = 1,
                PatchSize = 256,
                Stride = 128,
                Labels = [new() { Groups = ["tumor"], Class = "tumour" }, new() { Groups = ["exclusion"], Class = "background" }],
            },
            Training = new() { Iterations = 400, BatchSize = 4, ValidateEvery = 0 },
            Optimiser = new() { LearningRate = 0.02 },
            Schedule = new() { Kind = ScheduleKind.Poly, WarmupIterations = 20 },
        };
        var result = TrainingRun.Start(config, Path.Combine(_folder, "run"));
        Assert.True(result.State.BestDice > 0.7, $"the network did not learn: Dice {result.State.BestDice}");

        var (description, weights) = ModelFolder.Load(result.ModelFolder);
        using var backend = new CpuBackend();
        using var segmenter = new PatchSegmenter(backend, description.CreateNetwork(), 1024, 1, description.Normalisation);
        segmenter.Load(weights, result.ModelFolder);
        using var slide = SlideFile.Open(Path.Combine(_folder, "synth_002.tif"));
        var view = new SlideView(slide, SlideScale.Resolve(slide).MicronsPerPixel, 1);
        byte[] Segment((int, int) origin)
        {
            var rows = new Rows();
            new SlideSegmentation(segmenter, new() { Overlap = 0.75, Origin = origin }).Run(view, [rows]);
            return [.. rows.Labels];
        }
        var expected = Segment((0, 0));
        Assert.Contains((byte)1, expected);
        foreach (var origin in new[] { (8, 8), (17, 31), (64, 128) })
        {
            var shifted = Segment(origin);
            var changed = expected.Zip(shifted).Count(pair => pair.First != pair.Second);
            Assert.True(changed < 0.002 * expected.Length, $"origin {origin}: {100.0 * changed / expected.Length:0.000} % of the labels changed");
        }
    }

    private sealed class Rows : ILabelRows
    {
        public List<byte> Labels { get; } = [];

        public void Write(ReadOnlySpan<byte> rows) => Labels.AddRange(rows);

        public void Complete()
        {
        }

        public void Dispose()
        {
        }
    }
}
