using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Backends;

namespace Histoseg.Engine.Tests.Autograd;

public class TapeTests
{
    [Fact]
    public void Gradients_of_all_uses_add_up()
    {
        // y = x + x + relu(x) with x > 0 in the first half: dy/dx = 3 there and 2 elsewhere.
        var tape = new Tape();
        var x = tape.Input("x", Shape.Vector(8), requiresGradient: true);
        var y = tape.Add(tape.Add(x, x), tape.Relu(x));
        var seed = tape.Input("seed", y.Shape);
        var dx = tape.Keep(tape.Backward(y, seed)[x]);
        using var backend = new CpuBackend(threads: 1);
        using var program = backend.Compile<double>(tape);
        program.Set(x, [1, 2, 3, 4, -1, -2, -3, -4]);
        program.Set(seed, [1, 10, 100, 1000, 1, 10, 100, 1000]);
        program.Run();
        Assert.Equal([3, 30, 300, 3000, 2, 20, 200, 2000], program.Get(dx));
    }

    [Fact]
    public void One_weight_used_twice_gets_both_gradients()
    {
        // y = w·(w·x): dy/dw = 2·w·x.
        var tape = new Tape();
        var x = tape.Input("x", Shape.Scalar);
        var w = tape.Parameter("w", Shape.Scalar);
        var window = ConvWindow.Square(1);
        var gradients = tape.Backward(tape.Conv2d(tape.Conv2d(x, w, window), w, window));
        var dw = tape.Keep(gradients[w]);
        using var backend = new CpuBackend(threads: 1);
        using var program = backend.Compile<double>(tape);
        program.Set(x, [3]);
        program.Set(w, [5]);
        program.Run();
        Assert.Equal([30], program.Get(dw));
        Assert.False(gradients.ContainsKey(x));
    }

    [Fact]
    public void Backward_wants_a_scalar_or_a_seed_of_the_outputs_shape()
    {
        var tape = new Tape();
        var y = tape.Relu(tape.Parameter("p", Shape.Vector(3)));
        Assert.Contains("1×1×1×3", Assert.Throws<ArgumentException>(() => tape.Backward(y)).Message);
        var seed = tape.Input("seed", Shape.Vector(4));
        Assert.Contains("1×1×1×4", Assert.Throws<ArgumentException>(() => tape.Backward(y, seed)).Message);
    }

    [Fact]
    public void Asking_twice_for_a_parameter_or_state_gives_the_same_value()
    {
        var tape = new Tape();
        Assert.Same(tape.VectorParameter("a.bias", 7), tape.VectorParameter("a.bias", 7));
        Assert.Same(tape.State("s", Shape.Vector(2)), tape.State("s", Shape.Vector(2)));
        Assert.Same(tape["s"], tape.State("s", Shape.Vector(2)));
        Assert.Single(tape.Parameters);
    }

    [Fact]
    public void Naming_two_tensors_alike_is_refused()
    {
        var tape = new Tape();
        tape.Parameter("a", Shape.Vector(3));
        tape.Input("x", Shape.Vector(3));
        foreach (var conflict in new Action[]
        {
            () => tape.Parameter("a", Shape.Vector(4)),
            () => tape.State("a", Shape.Vector(3)),
            () => tape.Input("a", Shape.Vector(3)),
            () => tape.Parameter("x", Shape.Vector(3)),
            () => tape.Input("x", Shape.Vector(3)),
            () => tape.Input("x", Shape.Vector(3), ElementType.Int32),
        })
            Assert.Contains("names two tensors", Assert.Throws<EngineError>(conflict).Message);
        Assert.Contains("'missing'", Assert.Throws<EngineError>(() => tape["missing"]).Message);
    }

    [Fact]
    public void Gradient_nodes_bear_the_scope_of_their_layer()
    {
        var tape = new Tape();
        Value y;
        using (tape.Scope("backbone"))
        using (tape.Scope("conv1"))
            y = tape.Conv2d(tape.Input("x", Shape.Scalar), tape.Parameter("w", Shape.Scalar), ConvWindow.Square(1));
        Assert.Equal("", tape.CurrentScope);
        var dw = tape.Backward(y)[tape["w"]];
        Assert.StartsWith("backbone.conv1.", dw.Name);
        Assert.Equal("#0 conv2d (backbone.conv1)", tape.Nodes[0].ToString());
    }
}
