using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Checking;

public static partial class OpCases
{
    private static IEnumerable<OpCase> Softmax()
    {
        foreach (var classes in new[] { 2, 3, 9 })
            yield return new("softmax", $"{classes} classes", [new(new(2, 3, 5, classes))], (t, v) => t.Softmax(v[0]));
    }
}
