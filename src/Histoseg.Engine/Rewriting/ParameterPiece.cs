using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Rewriting;

/// <summary>Which part of a convolution's weight a piece holds, and how.</summary>
public enum PieceKind
{
    /// <summary>Some input channels of a convolution: of (O, KH, KW, I) to (O, KH, KW, count).</summary>
    Inputs,
    /// <summary>Some input channels of a transposed convolution: of (I, KH, KW, O) to (count, KH, KW, O).</summary>
    TransposedInputs,
    /// <summary>The same as a 1×1 convolution that gives what every tap gives: of (I, KH, KW, O) to (KH·KW·O, 1, 1, count).</summary>
    TransposedTaps,
}

/// <summary>A parameter of a rewritten tape that is part of a parameter of the plain one.</summary>
/// <param name="Parameter">The parameter of the rewritten tape.</param>
/// <param name="Whole">The whole parameter, of the plain tape.</param>
/// <param name="Kind">Which part.</param>
/// <param name="First">The first input channel of the part.</param>
public sealed record ParameterPiece(Value Parameter, Value Whole, PieceKind Kind, int First)
{
    /// <summary>Cuts the piece out of the whole parameter's elements, channels last.</summary>
    internal T[] Cut<T>(T[] whole)
    {
        var shape = Parameter.Shape;
        var piece = new T[shape.Count];
        var count = Kind == PieceKind.TransposedInputs ? shape.N : shape.C;
        var others = piece.Length / count;
        if (Kind == PieceKind.TransposedInputs)
            whole.AsSpan(First * others, piece.Length).CopyTo(piece);
        else if (Kind == PieceKind.TransposedTaps)
            for (var i = 0; i < count; i++)
                for (var other = 0; other < others; other++)
                    piece[other * count + i] = whole[(First + i) * others + other];
        else
        {
            var inputs = whole.Length / others;
            for (var other = 0; other < others; other++)
                whole.AsSpan(other * inputs + First, count).CopyTo(piece.AsSpan(other * count));
        }
        return piece;
    }
}
