using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Segmentation.Tests.Networks;

/// <summary>ResNet-18 with dilation in place of strides.</summary>
public class ResNetEncoderTests
{
    /// <summary>Each stage, read at the places where the strided one has its pixels.</summary>
    [Fact]
    public void Weights_made_with_strides_give_with_dilation_what_they_gave()
    {
        const int side = 32, width = 3;
        Value[] Record(Tape tape, Value x, bool dilated) =>
            [.. ResNetEncoder.ResNet18.Stages(new Layers(tape, NetworkMode.Evaluation), x, width, dilated).Select(tape.Keep)];
        using var backend = new CpuBackend(1);
        var (strided, dilated) = (Run(dilated: false), Run(dilated: true));
        for (var stage = 0; stage < 4; stage++)
        {
            var (expected, actual) = (strided[stage], dilated[stage]);
            var step = actual.Shape.H / expected.Shape.H;
            Assert.Equal(Math.Max(1, 1 << (stage - 1)), step);
            Assert.Contains(expected.Numbers, number => number > 0.1);
            for (var y = 0; y < expected.Shape.H; y++)
                for (var x = 0; x < expected.Shape.W; x++)
                    for (var c = 0; c < expected.Shape.C; c++)
                        Assert.Equal(expected.Numbers[(y * expected.Shape.W + x) * expected.Shape.C + c],
                            actual.Numbers[(y * step * actual.Shape.W + x * step) * actual.Shape.C + c], 1e-9);
        }

        List<(Shape Shape, double[] Numbers)> Run(bool dilated)
        {
            var tape = new Tape();
            var image = tape.Input("image", new Shape(1, side, side, width));
            var stages = Record(tape, image, dilated);
            using var program = backend.Compile<double>(tape);
            var random = new Random(4);
            foreach (var value in tape.Values.Where(value => value.Kind is ValueKind.Parameter or ValueKind.State or ValueKind.Input))
                foreach (ref var number in program.Real(value))
                    number = value.Rank == 1 ? random.NextDouble() + 0.1 : random.NextDouble() - 0.5;
            program.Run();
            return [.. stages.Select(stage => (stage.Shape, program.Real(stage).ToArray()))];
        }
    }
}
