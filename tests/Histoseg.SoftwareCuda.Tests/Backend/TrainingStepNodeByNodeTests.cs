using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Checking;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>
/// Every node of a training step, at the shapes it has in a network. Before each node the CPU is given what the GPU has computed so far, and what
/// its convolutions multiply rounded as the GPU rounds it, so that rounding neither piles up nor is blown up where sums cancel, and each node can
/// be held to the tolerance of a single operation.
/// </summary>
[Collection(ChosenConvolutionsGroup.Name)]
public class TrainingStepNodeByNodeTests(ChosenConvolutions chosen)
{
    [Theory]
    [InlineData("resnet50-gicn-gpp", Precision.Fp32)]
    [InlineData("resnet50-gicn-gpp", Precision.Tf32)]
    [InlineData("resnet50-gicn-gpp", Precision.Bf16)]
    [InlineData("resnet50-cnn", Precision.Bf16)]
    [InlineData("resnet18-gicn", Precision.Bf16)]
    [InlineData("resnet18-unet", Precision.Fp32)]
    [InlineData("resnet18-unet", Precision.Bf16)]
    [InlineData("fcn-vgg16", Precision.Bf16)]
    [InlineData("unet", Precision.Bf16)]
    [InlineData("segnet", Precision.Fp32)]
    [InlineData("segnet", Precision.Bf16)]
    public void Every_node_agrees_with_the_cpu(string network, Precision precision) => AssertAgrees(network, precision, libraries: null);

    /// <summary>The same by whatever is chosen where there are libraries; measuring takes its time.</summary>
    [Fact, Trait("Category", "Slow")]
    public void Every_node_agrees_with_the_cpu_where_there_are_libraries() => AssertAgrees("resnet50-gicn-gpp", Precision.Bf16, chosen);

    private static void AssertAgrees(string network, Precision precision, ChosenConvolutions? libraries)
    {
        var tape = new Tape();
        var image = tape.Input("image", new Shape(2, 64, 64, 3), ElementType.UInt8);
        var target = tape.Input("target", new Shape(2, 64, 64, 1), ElementType.Int32);
        var rate = tape.Input("rate", Shape.Scalar, ElementType.Wide);
        var pixels = tape.NormalisePixels(image, [0.5, 0.4, 0.6], [0.2, 0.25, 0.3]);
        // A quarter of the width is left at its end, and a sum of one channel alone that cancels would be held to its own size.
        var width = network == "resnet18-unet" ? 16 : 4;
        var logits = Network.Create(new() { Name = network, Width = width, K = 7, GicnChannels = 8 }, classes: 3)
            .Record(new Layers(tape, NetworkMode.Training), pixels);
        var gradients = tape.Backward(tape.SegmentationLoss(logits, target).Loss);
        var updateFrom = tape.Nodes.Count;
        tape.Sgd(gradients, rate, 0.9, 1e-4);
        foreach (var output in tape.Nodes.SelectMany(node => node.Outputs))
            tape.Keep(output);

        using var cpu = new CpuBackend();
        using var gpu = new SoftwareGpu(precision, libraries);
        using var expected = cpu.Compile<float>(tape);
        using var actual = gpu.Backend.Compile(tape);
        Initialisation.KaimingNormal(expected, seed: 3);
        ParameterSet<float>.From(expected, ParameterSet<float>.IsPersistent).CopyTo(actual, "test", ParameterSet<float>.IsPersistent);
        var random = new Random(1);
        var (bytes, labels) = (new byte[image.Shape.Count], new int[target.Shape.Count]);
        random.NextBytes(bytes);
        for (var i = 0; i < labels.Length; i++)
            labels[i] = random.Next(8) == 0 ? 255 : random.Next(3);
        foreach (var program in new[] { expected, actual })
        {
            program.Write(image, bytes);
            program.Write(target, labels);
            program.Write(rate, [0.1f]);
        }

        var tolerance = BackendComparison.ToleranceOf(precision);
        foreach (var node in tape.Nodes.Take(updateFrom))
        {
            var whole = RoundOperands(expected, node, precision);
            expected.Run(node.Index, node.Index + 1);
            foreach (var (input, numbers) in whole)
                numbers.CopyTo(expected.Real(input));
            actual.Run(node.Index, node.Index + 1);
            foreach (var output in node.Outputs.Where(output => output.Type.IsFloat()))
            {
                var found = actual.Read(output);
                AssertClose(expected.Read(output), found, tolerance, $"{node} {output.Shape}");
                found.CopyTo(expected.Real(output));
            }
        }
        expected.Run(updateFrom, tape.Nodes.Count);
        actual.Run(updateFrom, tape.Nodes.Count);
        foreach (var value in tape.Values.Where(ParameterSet<float>.IsPersistent))
            AssertClose(expected.Read(value), actual.Read(value), BackendComparison.ToleranceOf(Precision.Fp32), value.Name);
    }

    /// <summary>Rounds what the GPU's tensor cores round before they multiply, and gives the numbers as they were.</summary>
    private static List<(Value Input, float[] Numbers)> RoundOperands(CpuProgram<float> program, Node node, Precision precision)
    {
        var multiplied = node.Op switch
        {
            Conv2d or ConvTranspose2d or Conv2dWeightGradient => node.Inputs.Take(2),
            // In tf32 the GICN multiplies in float32.
            CrossConv2d or CrossConv2dInputGradient or CrossSumConv2d or CrossSumConv2dInputGradient
                when precision == Precision.Bf16 => node.Inputs.Where(v => v.Rank == 4),
            _ => [],
        };
        var whole = new List<(Value, float[])>();
        foreach (var input in precision == Precision.Fp32 ? [] : multiplied.Distinct())
        {
            whole.Add((input, program.Read(input)));
            foreach (ref var number in program.Real(input))
                number = precision == Precision.Bf16 ? BFloat16Numbers.Round(number) : Tf32(number);
        }
        return whole;
    }

    /// <summary>To 10 bits of mantissa, to nearest, ties away from zero.</summary>
    private static float Tf32(float number) => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(number) + 0x1000 & ~0x1FFFu);

    private static void AssertClose(float[] expected, float[] actual, double tolerance, string what)
    {
        var error = BackendComparison.Error(Array.ConvertAll(expected, v => (double)v), Array.ConvertAll(actual, v => (double)v));
        Assert.True(error <= tolerance, $"{what} is off by {error}, more than {tolerance}");
    }
}
