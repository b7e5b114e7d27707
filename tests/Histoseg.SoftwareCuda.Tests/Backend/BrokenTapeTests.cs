using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.SoftwareCuda.Tests.Backend;

public class BrokenTapeTests
{
    [Theory]
    [InlineData(Precision.Bf16)]
    [InlineData(Precision.Fp32)]
    public void A_tape_that_breaks_a_rule_is_not_compiled(Precision precision)
    {
        var (tape, other) = (new Tape(), new Tape());
        using (tape.Scope("head"))
            tape.Relu(other.Input("far", Shape.Vector(3)));
        using var gpu = new SoftwareGpu(precision);
        var message = Assert.Throws<TapeError>(() => gpu.Backend.Compile(tape)).Message;
        Assert.Equal("the tape cannot be compiled: #0 relu (head) reads as input 0 far 1×1×1×3, which is a value of another tape", message);
    }
}
