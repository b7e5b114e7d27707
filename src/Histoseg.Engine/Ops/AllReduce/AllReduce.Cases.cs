using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>Cases of <see cref="AllReduceStart"/> and <see cref="AllReduceFinish"/>, of a rank alone; of several there are tests of their own.</summary>
internal sealed class AllReduceCases : IOpCases
{
    /// <inheritdoc/>
    public IEnumerable<OpCase> Cases()
    {
        foreach (var shape in new[] { new Shape(5, 3, 3, 7), Shape.Vector(1) })
        {
            var input = new CaseInput(shape, IsWide: true, IsConstant: true);
            yield return new("all_reduce", $"{shape}", [input], (t, v) => Finish(t, Start(t, v[0])));
            yield return new("all_reduce", $"{shape}, two in a bucket, read by others too", [input, input], (t, v) =>
            {
                var (first, second) = (Start(t, v[0]), Start(t, v[1]));
                return t.Add(t.Add(Finish(t, second), v[1]), Finish(t, first));
            });
        }
    }

    private static Value Start(Tape tape, Value x) => tape.Record(new AllReduceStart(), x).Outputs[0];

    private static Value Finish(Tape tape, Value x) => tape.Record(new AllReduceFinish(), x).Outputs[0];
}
