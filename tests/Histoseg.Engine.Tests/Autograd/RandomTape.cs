using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Autograd;

/// <summary>Random networks: chains, forks and joins of operations that may and may not work in place, with gradients and some values kept.</summary>
internal static class RandomTape
{
    /// <summary>Records the network a seed stands for.</summary>
    /// <param name="seed">Which network.</param>
    /// <param name="size">Number of forward operations.</param>
    /// <param name="backward">Whether the gradients follow.</param>
    /// <returns>The tape, and the values kept; their ids are the same for one seed.</returns>
    public static (Tape Tape, List<Value> Kept) Record(int seed, int size, bool backward)
    {
        var (random, tape) = (new Random(seed), new Tape());
        var map = new Shape(random.Next(1, 3), random.Next(1, 4), random.Next(2, 5), random.Next(1, 20));
        var values = new List<Value>
        {
            tape.Input("x", map, requiresGradient: random.Next(2) == 0),
            tape.Input("p", map, requiresGradient: true),
        };
        for (var i = 0; i < size; i++)
            values.Add(Next(tape, random, values, i));

        var kept = values.Where(v => v.Kind == ValueKind.Intermediate && random.Next(4) == 0).ToList();
        if (backward && values.LastOrDefault(v => v.Kind == ValueKind.Intermediate && v.RequiresGradient) is { } output)
        {
            kept.Add(output);
            foreach (var (value, gradient) in tape.Backward(output, tape.Input("seed", output.Shape)))
                if (gradient.Kind == ValueKind.Intermediate && (value.Kind != ValueKind.Intermediate || random.Next(4) == 0))
                    kept.Add(gradient);
        }
        kept.ForEach(v => tape.Keep(v));
        return (tape, kept);
    }

    private static Value Next(Tape tape, Random random, List<Value> values, int index)
    {
        // Mostly the newest value, so that chains grow; now and then an old one, so that lifetimes differ.
        Value Pick() => random.Next(3) > 0 ? values[^1] : values[random.Next(values.Count)];
        var x = Pick();
        switch (random.Next(7))
        {
            case 0:
                var same = values.Where(v => v.Shape == x.Shape).ToList();
                return tape.Add(x, same[random.Next(same.Count)]);
            case 1:
                return tape.Relu(x);
            case 2:
                return tape.Softmax(x);
            case 3:
                Value[] parts = [x, .. Enumerable.Range(0, random.Next(3)).Select(_ => Pick())];
                return parts.Sum(p => p.Shape.C) <= 64 ? tape.Concat(parts) : tape.Relu(x);
            case 4:
                var vector = Shape.Vector(x.Shape.C);
                return tape.BatchNorm(x, tape.Parameter($"n{index}.weight", vector), tape.Parameter($"n{index}.bias", vector),
                    tape.State($"n{index}.running_mean", vector), tape.State($"n{index}.running_var", vector), training: random.Next(2) == 0,
                    relu: random.Next(2) == 0, residual: random.Next(2) == 0 ? values.Last(v => v.Shape == x.Shape) : null);
            default:
                var outputs = random.Next(1, 20);
                var window = ConvWindow.Square(random.Next(2) == 0 ? 1 : 3) is var w && w.KernelH == 3 ? w with { PadH = 1, PadW = 1 } : w;
                var weight = tape.Parameter($"c{index}", new Shape(outputs, window.KernelH, window.KernelW, x.Shape.C));
                return tape.Conv2d(x, weight, window, relu: random.Next(2) == 0,
                    residual: values.LastOrDefault(v => v.Shape == x.Shape with { C = outputs }));
        }
    }
}
