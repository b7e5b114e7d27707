using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Slides.Sampling;

namespace Histoseg.Segmentation.Tests.Training;

/// <summary>The operation that augments on the device against the code that augments while patches are loaded.</summary>
public class DeviceAugmentationTests
{
    private const int Size = 33;

    [Fact]
    public void ZoomAndOperationTogetherGiveTheSameBytes()
    {
        var settings = new AugmentationSettings { StainJitter = 0.1, BlurProbability = 0.5, BlurSigma = 2 };
        Augmentation[] augmentations = [.. Enumerable.Range(0, 24).Select(seed => Augmentation.Draw(settings, (ulong)seed)), Augmentation.Draw(AugmentationSettings.None, 1), new(3, 1, null, 2), new(6, 1, null, 0.05)];
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
        var (colours, target, row) = (tape.Input("colours", new Shape(count, Size, Size, 3), ElementType.UInt8), tape.Input("labels", new Shape(count, Size, Size, 1), ElementType.UInt8),
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
}
