using Histoseg.Engine.Autograd;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checking;

/// <summary>How the numbers of a case's input are drawn.</summary>
internal enum Draw
{
    /// <summary>Standard normal.</summary>
    Normal,
    /// <summary>Uniform in 0.5 … 1.5.</summary>
    Positive,
    /// <summary>Every element differs from every other by at least 0.01, in random order: no ties for a maximum.</summary>
    Distinct,
    /// <summary>Normal, but at least 0.1 from zero.</summary>
    AwayFromZero,
    /// <summary>Labels 0 … Classes − 1 with some 255.</summary>
    Labels,
    /// <summary>Positions within a plane of Classes elements, all different per image and channel.</summary>
    PlaneIndices,
    /// <summary>Bytes, uniform in 0 … 255, or below the limit.</summary>
    Colours,
    /// <summary>Rows as <see cref="Ops.AugmentPixels"/> takes them.</summary>
    Augmentations,
}

/// <summary>One input of a case.</summary>
/// <param name="Shape">Extents.</param>
/// <param name="Draw">How it is drawn.</param>
/// <param name="IsState">Whether it is persistent state rather than an input.</param>
/// <param name="Limit">For labels the number of classes, for indices the plane's elements, for colours the first value not drawn, 0 for 256.</param>
/// <param name="IsWide">Whether it is never narrower than float32: a bias, a scale.</param>
/// <param name="IsConstant">Whether nobody asks for its gradient, because the operation has none.</param>
internal sealed record CaseInput(
    Shape Shape, Draw Draw = Draw.Normal, bool IsState = false, int Limit = 0, bool IsWide = false, bool IsConstant = false)
{
    /// <summary>What its elements are.</summary>
    public ElementType Type => Draw switch
    {
        Draw.Labels or Draw.PlaneIndices => ElementType.Int32,
        Draw.Colours => ElementType.UInt8,
        _ => IsWide || IsState ? ElementType.Wide : ElementType.Real,
    };
}

/// <summary>
/// One operation with one set of attributes and shapes. A list of these per operation drives gradient checks, comparisons of backends and number types, and
/// benchmarks.
/// </summary>
/// <param name="Operation">The operation's name.</param>
/// <param name="Name">What is special about this case.</param>
/// <param name="Inputs">Its inputs.</param>
/// <param name="Record">Records the operation and returns its real output.</param>
/// <param name="OnGpus">Whether the operation runs on GPUs too.</param>
internal sealed record OpCase(string Operation, string Name, IReadOnlyList<CaseInput> Inputs, Func<Tape, Value[], Value> Record, bool OnGpus = true)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Operation}: {Name}";

    /// <summary>Puts this case's inputs on a tape.</summary>
    public Value[] Declare(Tape tape) =>
    [
        .. Inputs.Select((input, i) => input.IsState
            ? tape.State($"state{i}", input.Shape)
            : tape.Input($"input{i}", input.Shape, input.Type, requiresGradient: input.Type.IsFloat() && !input.IsConstant)),
    ];

    /// <summary>Draws input <paramref name="index"/>; the same numbers every time.</summary>
    public double[] DrawInput(int index)
    {
        var input = Inputs[index];
        var random = new Random(HashCode(Operation + Name) ^ index * 7919);
        var numbers = new double[input.Shape.Count];
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        switch (input.Draw)
        {
            case Draw.Distinct:
                for (var i = 0; i < numbers.Length; i++)
                    numbers[i] = 0.01 * (i - numbers.Length / 2);
                random.Shuffle(numbers);
                break;
            case Draw.PlaneIndices:
                var channels = input.Shape.C;
                var plane = input.Shape.H * input.Shape.W;
                for (var n = 0; n < input.Shape.N; n++)
                {
                    for (var c = 0; c < channels; c++)
                    {
                        var places = Enumerable.Range(0, input.Limit).ToArray();
                        random.Shuffle(places);
                        for (var p = 0; p < plane; p++)
                            numbers[(n * plane + p) * channels + c] = places[p];
                    }
                }
                break;
            case Draw.Augmentations:
                for (var n = 0; n < input.Shape.N; n++)
                    AugmentPixelsCases.DrawAugmentation(random, numbers.AsSpan(n * input.Shape.C, input.Shape.C));
                break;
            default:
                for (var i = 0; i < numbers.Length; i++)
                    numbers[i] = input.Draw switch
                    {
                        Draw.Positive => 0.5 + random.NextDouble(),
                        Draw.Labels => random.Next(6) == 0 ? Ops.SegmentationLoss.Ignore : random.Next(input.Limit),
                        Draw.Colours => random.Next(input.Limit > 0 ? input.Limit : 256),
                        Draw.AwayFromZero => Normal() is var v && Math.Abs(v) < 0.1 ? Math.CopySign(0.1, v) + v : v,
                        _ => Normal(),
                    };
                break;
        }
        return numbers;
    }

    /// <summary>The same number for a text on every run, unlike <see cref="string.GetHashCode()"/>.</summary>
    private static int HashCode(string text) => text.Aggregate(17, (hash, c) => unchecked(hash * 31 + c));
}
