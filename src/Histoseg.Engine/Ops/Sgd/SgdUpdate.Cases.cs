using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="SgdUpdate"/>.</summary>
/// <remarks>It has no output: what it makes of the state is compared. A sum gives the checks something to differentiate.</remarks>
internal sealed class SgdUpdateCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        var blocks = new Shape(70, 1, 1, 64);
        foreach (var (name, shape) in new[] { ("a convolution's weight", new Shape(5, 3, 3, 7)), ("a vector", Shape.Vector(9)), ("several blocks", blocks) })
        {
            CaseInput state = new(shape, IsState: true), gradient = new(shape, IsWide: true), rate = new(Shape.Scalar, Draw.Positive, IsWide: true);
            yield return new("sgd", name, [state, gradient, state, rate], (t, v) => Update(t, v, new(Momentum: 0.9, WeightDecay: 0.01)));
            yield return new("sgd", $"{name}, no momentum, no decay", [state, gradient, state, rate], (t, v) => Update(t, v, new(0, 0)));
        }
    }

    private static Value Update(Tape tape, Value[] inputs, SgdUpdate update)
    {
        var sum = tape.Add(inputs[1], inputs[1]);
        tape.Record(update, inputs);
        return sum;
    }
}
