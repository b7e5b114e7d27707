using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Networks;

/// <summary>The CRF behind a network: gradients, what it makes of noisy answers, training, and where it is refused.</summary>
public sealed class MeanFieldCrfTests : IDisposable
{
    private static readonly Network Tiny = Network.Create(new()
    {
        Name = "unet",
        Width = 1,
        Crf = new() { Iterations = 3, AppearancePositionSigma = 6, AppearanceColourSigma = 80 }
    }, classes: 3);

    private readonly CpuBackend _backend = new(threads: 2);

    public void Dispose() => _backend.Dispose();

    /// <summary>Each number of the layer's parameters and of the network's last one, and some of the first, in float64.</summary>
    [Fact]
    public void Every_parameters_gradient_is_the_difference_quotient()
    {
        var tape = new Tape();
        var colours = tape.Input("colours", new Shape(2, 16, 16, 3), ElementType.UInt8);
        var target = tape.Input("target", new Shape(2, 16, 16, 1), ElementType.Int32);
        var logits = Tiny.Record(new Layers(tape, NetworkMode.Training), tape.NormalisePixels(colours, [0.5, 0.5, 0.5], [0.3, 0.3, 0.3]), colours);
        CheckGradients(tape, tape.SegmentationLoss(logits, target).Loss, value => MeanFieldCrf.Owns(value) || value.Name is "head.weight" or "head.bias");
    }

    [Fact]
    public void Every_logits_gradient_is_the_difference_quotient()
    {
        var tape = new Tape();
        var logits = tape.Input("logits", new Shape(2, 4, 6, 3), requiresGradient: true);
        var colours = tape.Input("colours", new Shape(2, 4, 6, 3), ElementType.UInt8);
        var target = tape.Input("target", new Shape(2, 4, 6, 1), ElementType.Int32);
        var refined = MeanFieldCrf.Record(new Layers(tape, NetworkMode.Training), logits, colours, Tiny.Description.Crf!);
        CheckGradients(tape, tape.SegmentationLoss(refined, target).Loss, value => value == logits);
    }

    private void CheckGradients(Tape tape, Value loss, Func<Value, bool> wanted)
    {
        tape.Keep(loss);
        var gradients = tape.Backward(loss);
        var kept = tape.Values.Where(v => gradients.ContainsKey(v) && wanted(v)).ToDictionary(v => v, v => tape.Keep(gradients[v]));
        Assert.NotEmpty(kept);
        using var oneThread = new CpuBackend(threads: 1); // so little at a time that others would only be woken
        using var program = oneThread.Compile<double>(tape);
        var (random, past) = (new Random(4), 1 + tape.Nodes.First(node => node.Outputs.Contains(loss)).Index);
        foreach (var value in tape.Values.Where(v => v.Kind is not ValueKind.Intermediate))
        {
            if (value.Type == ElementType.UInt8)
                program.Write(value, [.. Enumerable.Range(0, (int)value.Shape.Count).Select(_ => (byte)random.Next(256))]);
            else if (value.Type == ElementType.Int32)
                program.Write(value, Enumerable.Range(0, (int)value.Shape.Count).Select(_ => random.Next(3)).ToArray());
            else
                program.Write(value,
                    Enumerable.Range(0, (int)value.Shape.Count)
                    .Select(_ => value.Name.EndsWith("running_var", StringComparison.Ordinal) ? 1 : 2 * random.NextDouble() - 1).ToArray());
        }
        program.Run();
        var analytic = kept.ToDictionary(pair => pair.Key, pair => program.Read(pair.Value));
        foreach (var (value, gradient) in analytic)
        {
            var scale = Math.Sqrt(gradient.Average(g => g * g));
            Assert.True(scale > 0, value.Name);
            for (var i = 0; i < gradient.Length; i++)
            {
                double At(double step)
                {
                    var numbers = program.Real(value);
                    var here = numbers[i];
                    numbers[i] += step;
                    program.Run(0, past);
                    numbers[i] = here;
                    return program.Real(loss)[0];
                }
                const double h = 1e-3;
                var quotient = (8 * (At(h) - At(-h)) - (At(2 * h) - At(-2 * h))) / (12 * h);
                Assert.True(Math.Abs(quotient - gradient[i]) <= 1e-6 * Math.Max(scale, Math.Abs(quotient)),
                    $"{value.Name}[{i}]: the difference quotient is {quotient:R} and the gradient says {gradient[i]:R}");
            }
        }
    }

    /// <summary>
    /// A quarter of the answers about a disc of another colour are wrong; afterwards fewer than one in a hundred are, its rim included. Without colours to
    /// follow, smoothing does worse.
    /// </summary>
    [Fact]
    public void Noisy_answers_become_the_shape_that_the_colours_show()
    {
        const int side = 64;
        static int Truth(int p) => Math.Pow(p % side - 30, 2) + Math.Pow(p / side - 34, 2) < 18 * 18 ? 1 : 0;
        var random = new Random(7);
        var noise = Enumerable.Range(0, side * side).Select(_ => random.NextDouble() < 0.25).ToArray();
        double Share(Func<int, byte> colour, CrfSettings settings)
        {
            var tape = new Tape();
            var logits = tape.Input("logits", new Shape(1, side, side, 2));
            var colours = tape.Input("colours", new Shape(1, side, side, 3), ElementType.UInt8);
            var refined = tape.Keep(MeanFieldCrf.Record(new Layers(tape, NetworkMode.Inference), logits, colours, settings));
            using var program = _backend.Compile<float>(tape);
            MeanFieldCrf.Initialise(program, settings);
            program.Write(logits, [.. Enumerable.Range(0, side * side).SelectMany(p => (Truth(p) == 1) == noise[p] ? new[] { 1f, -1 } : [-1, 1])]);
            program.Write(colours, [.. Enumerable.Range(0, side * side).SelectMany(p => Enumerable.Repeat(colour(p), 3))]);
            program.Run();
            var answers = program.Read(refined);
            return Enumerable.Range(0, side * side).Count(p => (answers[2 * p + 1] > answers[2 * p] ? 1 : 0) == Truth(p)) / (double)(side * side);
        }
        // Krähenbühl and Koltun's own, made for pictures like this one.
        var published =
            new CrfSettings { AppearanceWeight = 10, AppearancePositionSigma = 60, AppearanceColourSigma = 20, SmoothnessWeight = 3, SmoothnessSigma = 3 };
        byte Coloured(int p) => (byte)(Truth(p) == 1 ? 120 + p * 7 % 20 : 190 + p * 5 % 20);
        Assert.InRange(Share(Coloured, new() { Iterations = 1, AppearanceWeight = 0, SmoothnessWeight = 0 }), 0.7, 0.8); // nothing changes
        Assert.InRange(Share(Coloured, published), 0.99, 1);
        Assert.InRange(Share(Coloured, new()), 0.88, 1); // those for tissue are gentler
        Assert.InRange(Share(_ => 128, published), 0, 0.98);
    }

    [Fact]
    public void The_layer_is_trained_with_the_network()
    {
        var config = new TrainConfig
        {
            Network = new() { Name = "unet", Width = 2, Crf = new() { Iterations = 2, AppearancePositionSigma = 10 } },
            Data = new() { PatchSize = 32 },
            Training = new() { BatchSize = 2 },
        };
        using var step = new TrainingStep(_backend, config, Normalisation.ImageNet);
        Initialisation.KaimingNormal(step.Program, seed: 2);
        MeanFieldCrf.Initialise(step.Program, config.Network.Crf!);
        var before = ParameterSet<float>.From(step.Program);
        var batch = new PatchBatch(2, 32, AugmentationRow.Length(config.Augmentation.ToSettings()));
        var random = new Random(3);
        for (var i = 0; i < batch.Labels.Length; i++)
        {
            batch.Labels[i] = (byte)(i % 32 < 16 ? 1 : 0);
            for (var c = 0; c < 3; c++)
                batch.Rgb[3 * i + c] = (byte)(100 + 60 * batch.Labels[i] + random.Next(40));
        }
        var losses = new List<double>();
        for (var i = 0; i < 20; i++)
        {
            step.Run(batch, rate: 0.01, []);
            losses.AddRange(step.Collect([], toSave: false).Select(result => result.Loss.Total));
        }
        Assert.True(losses[^1] < 0.5 * losses[0], $"{losses[0]} {losses[^1]}");
        var after = ParameterSet<float>.From(step.Program);
        Assert.All(after.Names.Where(name => name.StartsWith("crf.", StringComparison.Ordinal)), name => Assert.NotEqual(before[name], after[name]));
    }

    [Fact]
    public void A_model_with_the_layer_is_saved_and_segments_and_takes_no_second_one()
    {
        var settings = Network.Create(Tiny.Description, classes: 2);
        var tape = new Tape();
        settings.Record(new Layers(tape, NetworkMode.Training), tape.Input("image", new Shape(2, 32, 32, 3)),
            tape.Input("colours", new Shape(2, 32, 32, 3), ElementType.UInt8));
        using var trained = _backend.Compile<float>(tape);
        Initialisation.KaimingNormal(trained, seed: 1);
        MeanFieldCrf.Initialise(trained, settings.Description.Crf!);
        var weights = ParameterSet<float>.From(trained);
        var folder = Directory.CreateTempSubdirectory("crf").FullName;
        try
        {
            var description = new ModelDescription
            {
                Network = settings.Description,
                NumClasses = 2,
                ClassNames = ["background", "tumour"],
                PatchSizePixels = 32,
                Normalisation = Normalisation.ImageNet,
            };
            ModelFolder.Save(folder, description, weights);
            var (loaded, stored) = ModelFolder.Load(folder);
            Assert.Equal((settings.Description, settings.Classes), (loaded.Network, loaded.NumClasses));
            Assert.DoesNotContain("crf", File.ReadAllText(Save(description with { Network = description.Network with { Crf = null } })));
            Assert.Contains("crf.smoothness_sigma",
                Assert.Throws<EngineError>(() =>
                ModelFolder.Load(Path.GetDirectoryName(Save(description
                with
                { Network = description.Network with { Crf = new() { SmoothnessSigma = 0 } } }))!)).Message);

            var rgb = new byte[32 * 32 * 3];
            new Random(6).NextBytes(rgb);
            float[] Segment(Network network, ParameterSet<float> of, CrfSettings? crf = null)
            {
                using var segmenter = new PatchSegmenter(_backend, network, 32, 1, Normalisation.ImageNet, crf);
                segmenter.Load(of, folder);
                var probabilities = new float[32 * 32 * 2];
                segmenter.Segment(rgb, 1, probabilities);
                return probabilities;
            }
            // The layer with its first weights, and the same CRF appended to the network without it, are one thing.
            var plain = Network.Create(settings.Description with { Crf = null }, classes: 2);
            Assert.Equal(Segment(settings, stored), Segment(plain, stored, settings.Description.Crf));
            Assert.NotEqual(Segment(settings, stored), Segment(plain, stored));
            Assert.Contains("already", Assert.Throws<EngineError>(() => Segment(settings, stored, new())).Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        string Save(ModelDescription description)
        {
            ModelFolder.Save(folder, description, weights);
            return Path.Combine(folder, ModelFolder.DescriptionFile);
        }
    }

    [Theory]
    [InlineData("iterations")]
    [InlineData("appearance_colour_sigma")]
    public void Settings_out_of_range_are_told(string key)
    {
        var crf = key == "iterations" ? new CrfSettings { Iterations = 0 } : new CrfSettings { AppearanceColourSigma = double.NaN };
        var config = new TrainConfig { Data = new() { Manifest = "m.csv" }, Network = new() { Crf = crf } };
        Assert.Equal([$"network.crf.{key}"], config.Validate().Select(issue => issue.Key));
        Assert.Contains(key, Network.WhatIsOutOfRange(config.Network, 2));
        Assert.Empty((config with { Network = new() { Crf = new() } }).Validate());
    }

    [Fact]
    public void Sigmas_too_small_for_the_patch_are_told()
    {
        var crf = new CrfSettings { AppearancePositionSigma = 1, AppearanceColourSigma = 1 };
        Assert.Contains("too small",
            Assert.Throws<EngineError>(() =>
            PatchSegmenter.Record(Network.Create(new() { Name = "unet", Width = 1 }, classes: 2), 4096, 1, Normalisation.ImageNet, crf)).Message);
    }
}
