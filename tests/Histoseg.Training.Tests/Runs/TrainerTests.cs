using System.Text.Json;
using Histoseg.Engine;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides;
using Histoseg.Slides.Synthesis;
using Histoseg.Training.Config;
using Histoseg.Training.Reports;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>Training of a very slim network on a small drawn slide: what it leaves behind, stopping, going on, diverging.</summary>
public sealed class TrainerTests : IClassFixture<TrainerTests.SmallSlides>, IDisposable
{
    private readonly SmallSlides _slides;
    private readonly string _folder = Directory.CreateTempSubdirectory("trainer").FullName;

    public TrainerTests(SmallSlides slides) => _slides = slides;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private TrainConfig Config(int iterations) => new()
    {
        Network = new() { Width = 2, GicnChannels = 4, K = 3 },
        Data = new()
        {
            Manifest = _slides.Manifest,
            Mpp = 2,
            PatchSize = 64,
            Stride = 32,
            Labels = [new() { Groups = ["tumor"], Class = "tumour" }, new() { Groups = ["exclusion"], Class = "background" }],
        },
        Training = new() { Iterations = iterations, BatchSize = 2, ValidateEvery = 4, CheckpointEvery = 3, LogEvery = 2, Threads = 2 },
        Optimiser = new() { LearningRate = 0.01 },
    };

    // Past the check of the config, whose ranges some tests leave on purpose.
    private TrainingResult Train(
        TrainConfig config, string run, bool resume = false, CancellationToken cancel = default, Action<TrainingProgress>? told = null)
    {
        var folder = Path.Combine(_folder, run);
        using var hold = RunLock.TryTake(folder)!;
        return TrainingRun.StartHeld(config, folder, hold, resume, new Listener(told), devices: null, usage: null, cancel);
    }

    [Fact]
    public void A_run_leaves_models_metrics_report_and_label_maps()
    {
        var result = Train(Config(8), "run");
        Assert.Equal(8, result.State.Iteration);
        Assert.True(result.State.Finished);
        var run = Path.Combine(_folder, "run");
        foreach (var file in new[] { "last.ckpt", "metrics.csv", "report.html", "model/model.safetensors", "model/model.json", "model/README.md",
            "model-last/model.safetensors", "validation/synth_001.tif" })
            Assert.True(File.Exists(Path.Combine(run, file)), file);
        Assert.Empty(Directory.GetFiles(run, "*partial*", SearchOption.AllDirectories));
        var lines = File.ReadAllLines(Path.Combine(run, "metrics.csv"));
        Assert.Equal(["iteration", "2", "4", "6", "8"], lines.Select(l => l.Split(',')[0]));
        var (description, _) = ModelFolder.Load(result.ModelFolder);
        Assert.Equal(result.State.BestIteration, description.Iteration);
        Assert.Equal(result.State.BestDice, description.Metrics["validation_dice_mean_per_slide"]);
        var report = File.ReadAllText(result.ReportPath);
        Assert.All(["What this run says", "What the network saw", "Worst patches", "Which class is taken for which", "Balance of classes", "<h2>Patients"],
            text => Assert.Contains(text, report));
        Assert.All(["http-equiv", "class=\"status\""], text => Assert.DoesNotContain(text, report));
        Assert.Empty(Directory.GetFiles(run, "events.*"));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(5, true)]
    [InlineData(8)] // in the validation
    [InlineData(10)] // in the last one
    public void Stopped_and_resumed_equals_never_stopped(int stopAt, bool byVersion1 = false)
    {
        var config = Config(10);
        // The same for every moment of stopping.
        var whole = _slides.WholeRun(folder => Train(config, folder));
        // Following a run changes nothing in it.
        config = config with { Training = config.Training with { Tensorboard = true } };
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Train(config, "stopped", cancel: stop.Token, told: at =>
        {
            if (at.Iteration == stopAt)
                stop.Cancel();
        }));
        Assert.Contains($"Training was stopped after {stopAt} of 10 iterations", File.ReadAllText(Path.Combine(_folder, "stopped", "report.html")));
        if (byVersion1)
            WriteAsVersion1(Path.Combine(_folder, "stopped", "last.ckpt"));
        Assert.Equal(10, Train(config, "stopped", resume: true).State.Iteration);
        foreach (var file in new[] { "model-last/model.safetensors", "model/model.safetensors" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(_folder, "stopped", file)));
        Assert.Equal(Metrics(whole), Metrics("stopped"));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder, "stopped"), "events.out.tfevents.*").Length);

        // All but the times.
        List<MetricsRow> Metrics(string run) => [.. MetricsCsv.Read(Path.Combine(_folder, run, "metrics.csv")).Rows
            .Select(row => row with { Seconds = 0, PatchesPerSecond = 0, ValidationDice = null })];
    }

    // The network's keys had the record's own names, and the number of classes stood among them.
    private static void WriteAsVersion1(string checkpoint)
    {
        var writer = new SafeTensorsWriter();
        using (var file = SafeTensors.Open(checkpoint))
        {
            foreach (var (name, tensor) in file.Tensors)
                writer.Add<float>(name, tensor.Shape, file.Read<float>(name));
            var network = NetworkDescription.FromJson(file.Metadata["network"]);
            writer.AddMetadata("format", "histoseg-checkpoint-1");
            writer.AddMetadata("network", JsonSerializer.Serialize(
                new { network.Name, Classes = 2, network.Width, network.K, network.GicnChannels, network.GppPooling }));
            writer.AddMetadata("seed", file.Metadata["seed"]);
            writer.AddMetadata("state", file.Metadata["state"]);
        }
        writer.Save(checkpoint);
    }

    [Fact]
    public void A_run_is_not_overwritten_by_accident()
    {
        Train(Config(1), "run");
        var error = Assert.Throws<EngineError>(() => Train(Config(1), "run"));
        Assert.Equal(Remedy.Resume, error.Remedy);
    }

    [Fact]
    public void A_second_run_in_a_folder_is_told_who_has_it_and_a_killed_one_has_not()
    {
        var run = Path.Combine(_folder, "run");
        using (RunLock.TryTake(run))
        {
            var error = Assert.Throws<EngineError>(() => TrainingRun.Start(Config(1), run));
            Assert.Matches($@"run: another program trains in this folder \(process {Environment.ProcessId} on \S+ since [0-9: -]+ UTC\); "
                + "wait until it has ended, or choose another folder$", error.Message);
            Assert.Equal(Remedy.ChooseFolder, error.Remedy);
        }
        // What a killed run leaves: its lock and its name, held by nobody, and a file half written.
        File.WriteAllText(Path.Combine(run, "run.holder"), "process 1 on elsewhere since 2026-01-01 00:00:00 UTC\n");
        Directory.CreateDirectory(Path.Combine(run, "model"));
        File.WriteAllText(Path.Combine(run, "model", "model.json.partial-0123abcd"), "{");
        Assert.Equal(1, TrainingRun.Start(Config(1), run).State.Iteration);
        Assert.Empty(Directory.GetFiles(run, "*.partial-*", SearchOption.AllDirectories));
        Assert.False(File.Exists(Path.Combine(run, "run.holder")));
    }

    [Fact]
    public void A_start_that_fails_leaves_a_folder_as_it_was()
    {
        var run = Path.Combine(_folder, "new", "run");
        var noSlides = Config(1) with { Data = Config(1).Data with { Manifest = Path.Combine(_folder, "none.csv") } };
        Assert.Throws<SlideError>(() => TrainingRun.Start(noSlides, run));
        Assert.False(Directory.Exists(Path.Combine(_folder, "new")));
        var unfitting = Config(1) with { Network = Config(1).Network with { Pretrained = Path.Combine(_folder, "none.safetensors") } };
        Assert.Contains("network.pretrained", Assert.Throws<EngineError>(() => TrainingRun.Start(unfitting, run)).Message);
        Assert.False(Directory.Exists(Path.Combine(_folder, "new")));

        Directory.CreateDirectory(run);
        File.WriteAllText(Path.Combine(run, "notes.txt"), "mine");
        Assert.Throws<SlideError>(() => TrainingRun.Start(noSlides, run));
        Assert.Equal([Path.Combine(run, "notes.txt")], Directory.GetFileSystemEntries(run));

        Train(Config(1), "trained");
        var before = File.ReadAllText(Path.Combine(_folder, "trained", "last.ckpt"));
        Assert.Throws<SlideError>(() => TrainingRun.Start(noSlides, Path.Combine(_folder, "trained"), resume: true));
        Assert.Equal(before, File.ReadAllText(Path.Combine(_folder, "trained", "last.ckpt")));
    }

    [Theory]
    [InlineData(1)] // by the user
    [InlineData(3)] // by a kill after its checkpoint
    public void A_run_stopped_before_its_first_validation_leaves_a_model_that_says_so(int iterations)
    {
        var config = Config(20);
        config = config with { Training = config.Training with { ValidateEvery = 0 } };
        using var stop = new CancellationTokenSource();
        var killed = Path.Combine(_folder, "killed");
        Assert.ThrowsAny<OperationCanceledException>(() => Train(config, "run", cancel: stop.Token, told: at =>
        {
            if (at.Iteration == 4 && !Directory.Exists(killed))
            {
                Directory.CreateDirectory(killed);
                foreach (var file in Directory.GetFiles(Path.Combine(_folder, "run", "model")))
                    File.Copy(file, Path.Combine(killed, Path.GetFileName(file)));
            }
            if (at.Iteration == (iterations == 1 ? 1 : 4))
                stop.Cancel();
        }));
        foreach (var folder in iterations == 1 ? ["run/model", "run/model-last"] : new[] { "killed" })
        {
            var (description, weights) = ModelFolder.Load(Path.Combine(_folder, folder));
            Assert.Equal((iterations, 0), (description.Iteration, description.Metrics.Count));
            Assert.EndsWith(", not validated", description.TrainingData, StringComparison.Ordinal);
            Assert.NotEmpty(weights.Names);
            Assert.Contains("not validated", File.ReadAllText(Path.Combine(_folder, folder, "README.md")));
        }
    }

    [Fact]
    public void A_model_tells_the_colours_it_was_trained_on()
    {
        Train(Config(1), "run");
        var colours = ModelFolder.Load(Path.Combine(_folder, "run", "model")).Description.TrainingColours;
        // Drawn slides are stained as H&E is: most of green is absorbed.
        Assert.True(colours!.MeanDensity[1] > 1.2 * colours.MeanDensity[0] && colours.MeanDensity[1] > 1.2 * colours.MeanDensity[2], colours.ToString());
    }

    [Fact]
    public void A_checkpoint_of_another_network_is_refused()
    {
        Train(Config(1), "run");
        var other = Config(1) with { Network = new() { Width = 3, GicnChannels = 4, K = 3 } };
        var error = Assert.Throws<EngineError>(() => Train(other, "run", resume: true));
        Assert.Contains("another network", error.Message);
    }

    [Fact]
    public void A_diverging_loss_names_patches_and_layer_and_keeps_the_checkpoint()
    {
        var config = Config(200) with { Optimiser = new() { LearningRate = 10, WeightDecay = 1, Momentum = 0.9999 } };
        config = config with { Training = config.Training with { ValidateEvery = 0 } };
        var error = Assert.Throws<EngineError>(() => Train(config, "run"));
        Assert.True(File.Exists(Path.Combine(_folder, "run", "last.ckpt")));
        Assert.Contains("iteration", error.Message);
        Assert.Contains("synth_000 at (", error.Message);
        Assert.Matches(@"first seen in (layer|parameter) \w+\.\w", error.Message);
    }

    [Fact]
    public void Torchvision_weights_load_into_the_backbone()
    {
        Train(Config(1), "first");
        using var trained = SafeTensors.Open(Path.Combine(_folder, "first", "model", "model.safetensors"));
        var torchvision = new SafeTensorsWriter();
        var prefix = "backbone.";
        foreach (var (name, tensor) in trained.Tensors.Where(t =>
            t.Key.StartsWith(prefix, StringComparison.Ordinal) && !t.Key.StartsWith("backbone.down", StringComparison.Ordinal)))
            torchvision.Add<float>(name[prefix.Length..], tensor.Shape, Enumerable.Repeat(0.25f, (int)tensor.Shape.Aggregate(1L, (n, d) => n * d)).ToArray());
        torchvision.Add<long>("bn1.num_batches_tracked", [], [7L]);
        torchvision.Add<float>("fc.weight", [10, 64], new float[640]);
        var file = Path.Combine(_folder, "resnet50.safetensors");
        torchvision.Save(file);

        var config = Config(1);
        config = config with { Network = config.Network with { Pretrained = file }, Optimiser = new() { LearningRate = 1e-30, WeightDecay = 0 } };
        var notes = new List<string>();
        Train(config, "second", told: at => { if (at.Note is { } note) notes.Add(note); });
        var told = notes.Where(note => note.StartsWith("pretrained", StringComparison.Ordinal)).ToList();
        Assert.Equal([$"pretrained: 265 tensors loaded from {file} into the backbone",
            "pretrained: left in it: fc (1 tensor), which the backbone has no use for"], told[..^1]);
        Assert.Matches(@"^pretrained: starts anew: gicn \(32 tensors\), .*, not in it; backbone\.down, which no other network has, passes on what it gets$",
            told[^1]);
        using var second = SafeTensors.Open(Path.Combine(_folder, "second", "model-last", "model.safetensors"));
        Assert.All(second.Read<float>("backbone.layer4.2.conv2.weight"), v => Assert.Equal(0.25f, v));
        Assert.Contains(second.Read<float>("backbone.down.0.weight"), v => v != 0.25f);

        var narrow = Assert.Throws<EngineError>(() => Train(config with { Network = config.Network with { Width = 4 } }, "third"));
        Assert.Contains("conv1.weight", narrow.Message);
    }

    [Fact]
    public void Early_stopping_ends_after_validations_without_improvement()
    {
        var config = Config(1000) with { Optimiser = new() { LearningRate = 1e-30, WeightDecay = 0 } };
        config = config with { Training = config.Training with { Patience = 2, ValidateEvery = 1, MaxMinutes = 1 } };
        var result = Train(config, "run");
        Assert.True(result.State.Finished);
        Assert.InRange(result.State.Iteration, 3, 200);
        Assert.Equal(result.State.Iteration, Train(config, "run", resume: true).State.Iteration);

        config = config with { Training = config.Training with { Patience = 0, Iterations = result.State.Iteration + 1 } };
        Assert.Equal(result.State.Iteration + 1, Train(config, "run", resume: true).State.Iteration);
    }

    [Fact]
    public void Time_that_runs_out_after_an_update_still_ends_in_a_validation()
    {
        var config = Config(1000);
        config = config with { Training = config.Training with { ValidateEvery = 0, MaxMinutes = 1.0 / 60 } };
        var result = Train(config, "run", told: at =>
        {
            if (at.Iteration == 1)
                Thread.Sleep(1100);
        });
        Assert.True(result.State.Finished);
        Assert.Equal(result.State.Iteration, result.State.BestIteration);
    }

    [Fact]
    public void A_run_cut_short_before_its_first_validation_is_validated_as_it_is()
    {
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Train(Config(10), "run", cancel: stop.Token, told: at => stop.Cancel()));
        var result = Train(Config(1), "run", resume: true);
        Assert.Equal((1, 1), (result.State.Iteration, result.State.BestIteration));
        Assert.NotNull(result.State.BestDice);
        Assert.Equal(1, ModelFolder.Load(result.ModelFolder).Description.Iteration);
    }

    [Fact]
    public void A_loss_that_is_no_number_names_the_first_layer_and_keeps_the_checkpoint()
    {
        // The first update is finite; with such parameters the second forward pass is not.
        var config = Config(3) with { Optimiser = new() { LearningRate = 1e30 } };
        config = config with { Training = config.Training with { CheckpointEvery = 1 } };
        var error = Assert.Throws<EngineError>(() => Train(config, "run"));
        Assert.Matches(@"^the loss became \S+ at iteration 2, first seen in layer backbone\.\w", error.Message);
        Assert.True(File.Exists(Path.Combine(_folder, "run", "last.ckpt")));
    }

    [Fact]
    public void An_update_that_breaks_the_parameters_names_one_and_is_not_saved()
    {
        var config = Config(3) with { Optimiser = new() { LearningRate = 1e39 } };
        var error = Assert.Throws<EngineError>(() => Train(config with { Training = config.Training with { CheckpointEvery = 1 } }, "run"));
        Assert.Contains("iteration 1, first seen in parameter backbone.conv1.weight, on the patches synth_000 at (", error.Message);
        Assert.False(File.Exists(Path.Combine(_folder, "run", "last.ckpt")));
    }

    private sealed class Listener(Action<TrainingProgress>? told) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => told?.Invoke(value);
    }

    /// <summary>One slide to train on and one to validate on.</summary>
    public sealed class SmallSlides : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("small-slides").FullName;

        public SmallSlides() => Manifest = SlideSynthesiser.WriteSet(_folder, 1, 1, 0, 3, 1024, 1024, 1, _ => { });

        public string Manifest { get; }

        /// <summary>The folder of a run on them that several tests look at; made by the first.</summary>
        public string WholeRun(Action<string> make)
        {
            var run = Path.Combine(_folder, "whole");
            if (!Directory.Exists(run))
                make(run);
            return run;
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
