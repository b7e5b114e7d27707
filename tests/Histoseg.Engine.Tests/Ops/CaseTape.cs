using Histoseg.Engine.Autograd;
using Histoseg.Engine.Checking;

namespace Histoseg.Engine.Tests.Ops;

/// <summary>A case on a tape of its own.</summary>
internal static class CaseTape
{
    /// <summary>Records the case and its gradients.</summary>
    public static Tape Record(OpCase @case)
    {
        var tape = new Tape();
        var output = @case.Record(tape, @case.Declare(tape));
        tape.Backward(output, tape.Input("seed", output.Shape, output.Type));
        return tape;
    }
}
