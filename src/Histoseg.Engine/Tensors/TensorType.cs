namespace Histoseg.Engine.Tensors;

/// <summary>All that is known of a tensor before there is data: what an operation's rule takes and gives.</summary>
/// <param name="Shape">The extents.</param>
/// <param name="Type">What the elements are.</param>
public readonly record struct TensorType(Shape Shape, ElementType Type)
{
    /// <summary>An activation of that shape.</summary>
    public static TensorType Real(Shape shape) => new(shape, ElementType.Real);

    /// <summary>Numbers of that shape which are never narrower than float32.</summary>
    public static TensorType Wide(Shape shape) => new(shape, ElementType.Wide);

    /// <summary>The same with another number of channels.</summary>
    public TensorType WithChannels(int channels) => this with { Shape = Shape with { C = channels } };

    /// <summary>The same with other rows and columns.</summary>
    public TensorType WithMap(int height, int width) => this with { Shape = Shape with { H = height, W = width } };

    /// <inheritdoc/>
    public override string ToString() => $"{Type} {Shape}";
}
