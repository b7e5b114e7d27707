using Histoseg.Engine.Autograd;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Checkpoints;

/// <summary>Converts between PyTorch's layouts, which files have, and the engine's, where channels come last.</summary>
public static class TorchLayout
{
    /// <summary>PyTorch's extents of a value: (A, B, H, W) for a weight or map, [n] for a vector.</summary>
    public static long[] ShapeOf(Value value) => value.Rank == 1
        ? [value.Shape.C]
        : [value.Shape.N, value.Shape.C, value.Shape.H, value.Shape.W];

    /// <summary>(A, B, H, W) → (A, H, W, B). Vectors and scalars are copied as they are.</summary>
    public static void ToEngine<T>(ReadOnlySpan<T> torch, Shape shape, Span<T> engine)
    {
        var plane = shape.H * shape.W;
        for (var a = 0; a < shape.N; a++)
            for (var b = 0; b < shape.C; b++)
                for (var p = 0; p < plane; p++)
                    engine[(a * plane + p) * shape.C + b] = torch[(a * shape.C + b) * plane + p];
    }

    /// <summary>A tensor of a file as the engine has it: maps and weights of convolutions with channels last, all others as they are.</summary>
    /// <param name="torch">Its elements, in PyTorch's order.</param>
    /// <param name="shape">Its extents, in PyTorch's order; as many elements.</param>
    public static T[] ToEngine<T>(T[] torch, long[] shape)
    {
        // An empty tensor may claim extents beyond an int.
        if (torch.Length == 0 || shape is not [var a, var b, var h, var w])
            return torch;
        var engine = new T[torch.Length];
        ToEngine<T>(torch, new Shape((int)a, (int)h, (int)w, (int)b), engine);
        return engine;
    }

    /// <summary>(A, H, W, B) → (A, B, H, W).</summary>
    public static T[] ToTorch<T>(ReadOnlySpan<T> engine, Shape shape)
    {
        var torch = new T[engine.Length];
        var plane = shape.H * shape.W;
        for (var a = 0; a < shape.N; a++)
            for (var b = 0; b < shape.C; b++)
                for (var p = 0; p < plane; p++)
                    torch[(a * shape.C + b) * plane + p] = engine[(a * plane + p) * shape.C + b];
        return torch;
    }

    /// <summary>A tensor as files have it: maps and weights of convolutions in PyTorch's order, all others as they are.</summary>
    /// <param name="engine">Its elements, channels last.</param>
    /// <param name="shape">Its extents, in PyTorch's order; as many elements.</param>
    public static T[] ToTorch<T>(T[] engine, long[] shape) =>
        shape is [var a, var b, var h, var w] ? ToTorch<T>(engine, new Shape((int)a, (int)h, (int)w, (int)b)) : engine;
}
