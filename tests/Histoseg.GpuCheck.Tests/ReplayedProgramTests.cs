using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.GpuCheck.Tests;

public class ReplayedProgramTests
{
    [Fact]
    public void Runs_that_leave_the_same_bits_have_no_difference()
    {
        var tape = new Tape();
        var x = tape.Input("x", new Shape(1, 2, 3, 4));
        var y = tape.Keep(tape.Relu(x));
        using var backend = new CpuBackend(threads: 1);
        using var program = new ReplayedProgram(backend.Compile(tape));
        program.Write(x, [.. Enumerable.Range(-12, 24).Select(i => (float)i)]);
        program.Run();
        Assert.Null(program.Difference);
        Assert.Equal(11, program.Read(y)[^1]);
    }

    [Fact]
    public void A_kept_value_that_a_run_changes_is_named()
    {
        // An update between the runs: the loss is another each time.
        var tape = new Tape();
        var weight = tape.VectorParameter("weight", 4);
        var loss = tape.Keep(tape.Add(weight, weight));
        var gradients = tape.Backward(loss, tape.Input("seed", loss.Shape, loss.Type));
        tape.Sgd(gradients, tape.Input("rate", Shape.Scalar, ElementType.Wide), 0.9, 0);
        using var backend = new CpuBackend(threads: 1);
        using var program = new ReplayedProgram(backend.Compile(tape));
        program.Write(weight, [1f, 2f, 3f, 4f]);
        program.Write(tape["seed"], [1f, 1f, 1f, 1f]);
        program.Write(tape["rate"], [0.5f]);
        program.Run();
        Assert.Equal(loss.ToString(), program.Difference);
    }
}
