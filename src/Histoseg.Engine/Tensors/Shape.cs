namespace Histoseg.Engine.Tensors;

/// <summary>
/// The four extents of a tensor. Activations are (images, height, width, channels); convolution weights (out, kernel height, kernel width, in);
/// vectors (1, 1, 1, n); scalars (1, 1, 1, 1).
/// </summary>
public readonly record struct Shape(int N, int H, int W, int C)
{
    /// <summary>The shape of one number.</summary>
    public static readonly Shape Scalar = new(1, 1, 1, 1);

    /// <summary>The shape of <paramref name="length"/> numbers, one per channel.</summary>
    public static Shape Vector(int length) => new(1, 1, 1, length);

    /// <summary>N·H·W·C.</summary>
    public long Count => (long)N * H * W * C;

    /// <summary>N·H·W: the number of pixels, each of C channels.</summary>
    public long Pixels => (long)N * H * W;

    /// <inheritdoc/>
    public override string ToString() => $"{N}×{H}×{W}×{C}";
}
