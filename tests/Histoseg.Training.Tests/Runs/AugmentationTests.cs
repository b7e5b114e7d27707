using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Tests.Runs;

/// <summary>How patches are varied on the tape of a training step.</summary>
public class AugmentationTests
{
    private const int Size = 33;

    [Fact]
    public void The_tape_gives_the_bytes_of_plain_loops()
    {
        var settings = new AugmentationSettings { StainJitter = 0.1, BlurProbability = 0.5, BlurSigma = 2 };
        Augmentation[] augmentations =
        [
            .. Enumerable.Range(0, 24).Select(seed => Augmentation.Draw(settings, (ulong)seed)), Augmentation.None, new(3, 1, null, 2), new(6, 1, null, 0.05),
        ];
        Assert.Equal(8, augmentations.Select(a => a.Symmetry).Distinct().Count());
        Assert.Contains(augmentations, a => a.IsBlurred && a.Stain is not null);
        Assert.Contains(augmentations, a => !a.IsBlurred);
        var random = new Random(7);
        foreach (var augmentation in augmentations)
        {
            var (rgb, labels) = (new byte[Size * Size * 3], new byte[Size * Size]);
            random.NextBytes(rgb);
            random.NextBytes(labels);
            var (colours, turned) = OnTape(augmentation, rgb, labels, Size);
            Assert.Equal(AugmentationByHand.Colours(augmentation, rgb, Size), colours);
            Assert.Equal(AugmentationByHand.Labels(augmentation, labels, Size), turned);
        }
    }

    [Fact]
    public void Nothing_to_be_done_leaves_every_byte()
    {
        var (rgb, labels) = (new byte[Size * Size * 3], new byte[Size * Size]);
        new Random(1).NextBytes(rgb);
        new Random(2).NextBytes(labels);
        var (colours, turned) = OnTape(Augmentation.None, rgb, labels, Size);
        Assert.Equal(rgb, colours);
        Assert.Equal(labels, turned);
    }

    [Fact]
    public void Picture_and_labels_are_turned_alike_and_the_eight_symmetries_differ()
    {
        var labels = Enumerable.Range(0, 9).Select(i => (byte)i).ToArray();
        var seen = new HashSet<string>();
        for (var symmetry = 0; symmetry < 8; symmetry++)
        {
            byte[] colours = [.. labels.SelectMany(label => new[] { label, label, (byte)(label + 2) })];
            var (rgb, turned) = OnTape(Augmentation.None with { Symmetry = symmetry }, colours, labels, 3);
            Assert.Equal(labels, turned.Order());
            for (var pixel = 0; pixel < 9; pixel++)
                Assert.Equal([turned[pixel], turned[pixel], (byte)(turned[pixel] + 2)], rgb[(3 * pixel)..(3 * pixel + 3)]);
            seen.Add(Convert.ToHexString(turned));
        }
        Assert.Equal(8, seen.Count);
    }

    [Fact]
    public void Out_of_the_stains_and_back_changes_no_colour()
    {
        // Every colour whose channels are multiples of 5, in a square of 52 · 52 · 52 pixels and some that are white.
        const int side = 375, step = 5, levels = 52;
        var rgb = Enumerable.Repeat((byte)255, side * side * 3).ToArray();
        for (var i = 0; i < levels * levels * levels; i++)
            (rgb[3 * i], rgb[3 * i + 1], rgb[3 * i + 2]) = ((byte)(i % levels * step), (byte)(i / levels % levels * step), (byte)(i / levels / levels * step));
        var same = Augmentation.None with { Stain = new([1, 1, 1], [0, 0, 0]) };
        var (changed, _) = OnTape(same, rgb, new byte[side * side], side);
        Assert.InRange(changed.Zip(rgb).Max(pair => Math.Abs(pair.First - pair.Second)), 0, 1);
    }

    [Fact]
    public void More_haematoxylin_makes_a_purple_bluer_and_darker_and_white_stays_white()
    {
        byte[] rgb = [120, 90, 160, .. Enumerable.Repeat((byte)255, 9)];
        (rgb, _) = OnTape(Augmentation.None with { Stain = new([1.3, 1, 1], [0, 0, 0]) }, rgb, new byte[4], 2);
        Assert.True(rgb[0] < 115 && rgb[0] < rgb[2]);
        Assert.All(rgb[3..], value => Assert.Equal(255, value));
    }

    [Fact]
    public void Blur_keeps_the_mean_and_spreads_a_point_evenly()
    {
        var rgb = new byte[Size * Size * 3];
        var centre = (16 * Size + 16) * 3;
        rgb.AsSpan(centre, 3).Fill(250);
        (rgb, _) = OnTape(Augmentation.None with { BlurSigma = 1.2 }, rgb, new byte[Size * Size], Size);
        Assert.InRange(rgb[centre], 25, 30);
        Assert.Equal(rgb[centre - 3], rgb[centre + 3]);
        Assert.Equal(rgb[centre - 3], rgb[centre + Size * 3]);
        var even = Enumerable.Repeat((byte)77, 20 * 20 * 3).ToArray();
        Assert.Equal(even, OnTape(Augmentation.None with { BlurSigma = 2 }, even, new byte[400], 20).Rgb);
    }

    [Fact]
    public void A_step_that_augments_computes_what_a_step_on_augmented_patches_does()
    {
        const int side = 32, pixels = side * side;
        var config = new TrainConfig { Network = new() { Width = 4, GicnChannels = 8 }, Data = new() { PatchSize = side }, Training = new() { BatchSize = 2 } };
        var settings = config.Augmentation.ToSettings() with { ScaleMin = 1, ScaleMax = 1, BlurProbability = 1 };
        var length = AugmentationRow.Length(config.Augmentation.ToSettings());
        var (augmented, plain) = (new PatchBatch(2, side, length), new PatchBatch(2, side, length));
        var random = new Random(3);
        random.NextBytes(plain.Rgb);
        for (var i = 0; i < plain.Labels.Length; i++)
            plain.Labels[i] = (byte)random.Next(2);
        for (var i = 0; i < 2; i++)
        {
            var augmentation = Augmentation.Draw(settings, (ulong)i);
            AugmentationRow.Write(augmentation, plain.Rows.AsSpan(i * length, length));
            AugmentationByHand.Colours(augmentation, plain.Rgb[(3 * i * pixels)..], side).CopyTo(augmented.Rgb, 3 * i * pixels);
            AugmentationByHand.Labels(augmentation, plain.Labels[(i * pixels)..], side).CopyTo(augmented.Labels, i * pixels);
        }
        Assert.NotEqual(plain.Rgb, augmented.Rgb);
        Assert.Equal(Loss(config, augmented), Loss(config, plain));
    }

    private static (byte[] Rgb, byte[] Labels) OnTape(Augmentation augmentation, byte[] rgb, byte[] labels, int size)
    {
        var row = new float[AugmentationRow.Length(new() { BlurProbability = 1, BlurSigma = Math.Max(0.1, augmentation.BlurSigma) })];
        AugmentationRow.Write(augmentation, row);
        var tape = new Tape();
        var (colours, target, rows) = (tape.Input("colours", new Shape(1, size, size, 3), ElementType.UInt8),
            tape.Input("labels", new Shape(1, size, size, 1), ElementType.UInt8), tape.Input("rows", new Shape(1, 1, 1, row.Length), ElementType.Wide));
        var (y, turned) = tape.AugmentPixels(colours, target, rows, StainJitter.DensityOfBytes, StainJitter.BytesOfDensity);
        // Deviation 1/255 gives the bytes as numbers.
        var numbers = tape.Keep(tape.NormalisePixels(y, [0, 0, 0], [1 / 255.0, 1 / 255.0, 1 / 255.0]));
        tape.Keep(turned);
        using var backend = new CpuBackend(threads: 2);
        using var program = (CpuProgram<float>)backend.Compile(tape);
        program.Write(colours, rgb);
        program.Write(target, labels);
        program.Write(rows, row);
        program.Run();
        return ([.. program.Read(numbers).Select(number => (byte)MathF.Round(number))], [.. program.Integers(turned).ToArray().Select(label => (byte)label)]);
    }

    private static StepLoss Loss(TrainConfig config, PatchBatch batch)
    {
        using var backend = new CpuBackend(threads: 2);
        using var step = new TrainingStep(backend, config, Normalisation.ImageNet);
        foreach (var value in step.Program.Tape.Values.Where(v => v.Kind is ValueKind.Parameter or ValueKind.State))
            step.Program.Write(value,
                [.. Enumerable.Range(0, (int)value.Shape.Count)
                .Select(i => 0.1f * MathF.Sin(i + 1) + (value.Name.EndsWith("running_var", StringComparison.Ordinal) ? 1 : 0))]);
        step.Run(batch, 0.01, []);
        return step.Collect([], toSave: false)[0].Loss;
    }
}
