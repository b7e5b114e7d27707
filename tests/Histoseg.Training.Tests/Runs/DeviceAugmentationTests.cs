using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>The operation that augments on the device against the code that augments while patches are loaded.</summary>
public class DeviceAugmentationTests
{
    private const int Size = 33;

    [Fact]
    public void ZoomAndOperationTogetherGiveTheSameBytes()
    {
        var settings = new AugmentationSettings { StainJitter = 0.1, BlurProbability = 0.5, BlurSigma = 2 };
        Augmentation[] augmentations = [.. Enumerable.Range(0, 24).Select(seed => Augmentation.Draw(settings, (ulong)seed)),
            Augmentation.Draw(AugmentationSettings.None, 1), new(3, 1, null, 2), new(6, 1, null, 0.05)];
        Assert.Equal(8, augmentations.Select(a => a.Symmetry).Distinct().Count());
        Assert.Contains(augmentations, a => a.IsBlurred && a.Zoom != 1);
        Assert.Contains(augmentations, a => !a.IsBlurred);

        const int pixels = Size * Size;
        var (count, length) = (augmentations.Length, AugmentationRow.Length(settings));
        var (zoomed, zoomedLabels, rows) = (new byte[count * pixels * 3], new byte[count * pixels], new float[count * length]);
        var (expected, expectedLabels) = (new byte[count * pixels * 3], new byte[count * pixels]);
        var random = new Random(7);
        for (var i = 0; i < count; i++)
        {
            var side = augmentations[i].SourceSize(Size);
            var (rgb, labels) = (new byte[side * side * 3], new byte[side * side]);
            random.NextBytes(rgb);
            random.NextBytes(labels);
            Augmenter.Apply(augmentations[i], rgb, labels, Size, expected.AsSpan(i * pixels * 3, pixels * 3), expectedLabels.AsSpan(i * pixels, pixels));
            Augmenter.Zoom(augmentations[i], rgb, labels, Size, zoomed.AsSpan(i * pixels * 3, pixels * 3), zoomedLabels.AsSpan(i * pixels, pixels));
            AugmentationRow.Write(augmentations[i], rows.AsSpan(i * length, length));
        }

        var tape = new Tape();
        var (colours, target, row) = (tape.Input("colours", new Shape(count, Size, Size, 3), ElementType.UInt8),
            tape.Input("labels", new Shape(count, Size, Size, 1), ElementType.UInt8),
            tape.Input("rows", new Shape(count, 1, 1, length), ElementType.Wide));
        var (y, turned) = tape.AugmentPixels(colours, target, row, StainJitter.DensityOfBytes, StainJitter.BytesOfDensity);
        // Deviation 1/255 gives the bytes as numbers.
        var numbers = tape.Keep(tape.NormalisePixels(y, [0, 0, 0], [1 / 255.0, 1 / 255.0, 1 / 255.0]));
        tape.Keep(turned);
        using var backend = new CpuBackend(threads: 2);
        using var program = (CpuProgram<float>)backend.Compile(tape);
        program.Write(colours, zoomed);
        program.Write(target, zoomedLabels);
        program.Write(row, rows);
        program.Run();
        Assert.Equal(expected.Select(v => (float)v), program.Read(numbers));
        Assert.Equal(expectedLabels.Select(v => (int)v), program.Integers(turned).ToArray());
    }

    [Fact]
    public void AStepThatAugmentsComputesWhatAStepOnAugmentedPatchesDoes()
    {
        const int side = 32, pixels = side * side;
        var config = new TrainConfig { Network = new() { Width = 4, GicnChannels = 8 }, Data = new() { PatchSize = side }, Training = new() { BatchSize = 2 } };
        var settings = config.Augmentation.ToSettings() with { ScaleMin = 1, ScaleMax = 1, BlurProbability = 1 };
        var (augmented, plain) = (new PatchBatch(2, side), new PatchBatch(2, side, AugmentationRow.Length(settings)));
        var random = new Random(3);
        random.NextBytes(plain.Rgb);
        for (var i = 0; i < plain.Labels.Length; i++)
            plain.Labels[i] = (byte)random.Next(2);
        for (var i = 0; i < 2; i++)
        {
            var augmentation = Augmentation.Draw(settings, (ulong)i);
            Augmenter.Apply(augmentation, plain.Rgb.AsSpan(i * pixels * 3), plain.Labels.AsSpan(i * pixels), side, augmented.Rgb.AsSpan(i * pixels * 3),
                augmented.Labels.AsSpan(i * pixels));
            AugmentationRow.Write(augmentation, plain.Rows.AsSpan(i * plain.Rows.Length / 2, plain.Rows.Length / 2));
        }
        Assert.NotEqual(plain.Rgb, augmented.Rgb);
        Assert.Equal(Loss(config, augmented, deviceAugments: false), Loss(config, plain, deviceAugments: true));
    }

    private static StepLoss Loss(TrainConfig config, PatchBatch batch, bool deviceAugments)
    {
        using var backend = new CpuBackend(threads: 2);
        using var step = new TrainingStep(backend, config, Normalisation.ImageNet, deviceAugments);
        foreach (var value in step.Program.Tape.Values.Where(v => v.Kind is ValueKind.Parameter or ValueKind.State))
            step.Program.Write(value,
                [.. Enumerable.Range(0, (int)value.Shape.Count)
                .Select(i => 0.1f * MathF.Sin(i + 1) + (value.Name.EndsWith("running_var", StringComparison.Ordinal) ? 1 : 0))]);
        step.Run(batch, 0.01, []);
        return step.Collect([], toSave: false)[0].Loss;
    }
}
