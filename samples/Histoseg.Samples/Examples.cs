using Histoseg.Segmentation;
using Histoseg.Segmentation.Inference;
using Histoseg.Training;
using Histoseg.Training.Config;

namespace Histoseg.Samples;

/// <summary>The engine from C#, as docs/library.md shows it.</summary>
internal static class Examples
{
    public static void Train()
    {
        var config = ConfigFile.Load<TrainConfig>("train.yaml", new ConfigOverride("training.threads=2"));
        var result = TrainingRun.Start(config, "run");
        Console.WriteLine($"{result.ModelFolder}: Dice {result.State.BestDice}");
    }

    public static void TrainWithoutAFile()
    {
        var config = new TrainConfig
        {
            Network = new() { Name = "unet", Width = 4 },
            Data = new()
            {
                Manifest = "slides/manifest.csv",
                Mpp = 1,
                PatchSize = 64,
                Stride = 64,
                Classes = ["background", "tumour"],
                Labels = [new() { Groups = ["tumor"], Class = "tumour" }, new() { Groups = ["exclusion"], Class = "background" }],
            },
            Training = new() { Iterations = 20, BatchSize = 2 },
        };
        TrainingRun.Start(config, "unet");
    }

    public static void Segment()
    {
        using var model = SegmentationModel.Open("run/model");
        var outcome = model.Segment("slides/synth_002.tif", "out");
        foreach (var file in outcome.Outputs!)
            Console.WriteLine(file);
    }

    public static void SegmentMany()
    {
        var where = new ModelSettings { Device = "auto", BatchSize = 8 };
        using var model = SegmentationModel.Open("run/model", where, note: line => Console.WriteLine(line));
        var settings = model.DefaultSettings with
        {
            Outputs = [OutputKinds.Mask, OutputKinds.GeoJson],
            Tta = true,
            MinObjectMm2 = 0.01,
        };
        var result = model.SegmentAll(["slides/*.tif"], "out-tta", settings);
        foreach (var slide in result.Slides)
            Console.WriteLine($"{slide.Status} {slide.Path} {slide.Error}");
    }
}
