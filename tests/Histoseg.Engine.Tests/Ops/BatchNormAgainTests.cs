using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Backends;

namespace Histoseg.Engine.Tests.Ops;

/// <summary>What a batch norm gave is made again for the gradients instead of being kept.</summary>
public class BatchNormAgainTests
{
    private static (Tape Tape, Value Made, Value Again) Record(bool residual)
    {
        var tape = new Tape();
        var x = tape.Input("x", new Shape(2, 16, 16, 8), requiresGradient: true);
        Value Vector(string name) => tape.VectorParameter(name, 8);
        var made = tape.BatchNorm(tape.Conv2d(x, tape.Parameter("first", new(8, 1, 1, 8)), ConvWindow.Square(1)), Vector("scale"), Vector("shift"),
            tape.State("mean", Shape.Vector(8), 1), tape.State("variance", Shape.Vector(8), 1), training: true, relu: true, residual ? x : null);
        var y = tape.Keep(tape.Conv2d(made, tape.Parameter("second", new(4, 3, 3, 8)), ConvWindow.Same(3, 3)));
        tape.Backward(y, tape.Input("seed", y.Shape));
        return (tape, made, tape.Nodes.Last(node => node.Op is Conv2dWeightGradient && node.Outputs[0].Shape.N == 4).Inputs[0]);
    }

    [Fact]
    public void It_is_the_same_to_the_bit()
    {
        var (tape, made, again) = Record(residual: false);
        Assert.NotEqual(made, again);
        tape.Keep(made);
        tape.Keep(again);
        using var backend = new CpuBackend(threads: 2);
        using var program = backend.Compile<float>(tape);
        program.FillAll(3);
        program.Run();
        Assert.Equal(program.Read(made), program.Read(again));
    }

    [Fact]
    public void Neither_gradient_keeps_the_map_of_the_forward_pass()
    {
        var (tape, made, _) = Record(residual: false);
        var last = tape.Nodes.Last(node => node.Inputs.Contains(made));
        Assert.IsType<Conv2d>(last.Op);
        Assert.Single(tape.Nodes, node => node.Op is BatchNormAgain);
    }

    [Fact]
    public void With_a_residual_it_is_kept()
    {
        var (tape, made, again) = Record(residual: true);
        Assert.Equal(made, again);
        Assert.DoesNotContain(tape.Nodes, node => node.Op is BatchNormAgain);
    }
}
