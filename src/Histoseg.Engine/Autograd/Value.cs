using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Autograd;

/// <summary>What fills a value and how long it lives.</summary>
public enum ValueKind
{
    /// <summary>Filled by the caller before each run.</summary>
    Input,
    /// <summary>Learned; persists from run to run.</summary>
    Parameter,
    /// <summary>Persists from run to run but is not learned by gradient: running statistics, momentum.</summary>
    State,
    /// <summary>Computed by a node; lives in the arena from that node to its last reader.</summary>
    Intermediate,
}

/// <summary>A tensor on a <see cref="Tape"/>: a shape and a place in the recording, no data.</summary>
public sealed class Value
{
    internal Value(int id, string name, Shape shape, ElementType type, ValueKind kind, bool requiresGradient, int rank = 4)
    {
        Id = id;
        Name = name;
        Shape = shape;
        Type = type;
        Kind = kind;
        RequiresGradient = requiresGradient;
        Rank = rank;
    }

    /// <summary>Position in <see cref="Tape.Values"/>.</summary>
    public int Id { get; }

    /// <summary>Unique name for inputs, parameters and state; for intermediates the scope and operation that made it.</summary>
    public string Name { get; }

    /// <summary>The extents.</summary>
    public Shape Shape { get; }

    /// <summary>The rank it has in files: 4 for weights, 1 for vectors such as biases.</summary>
    public int Rank { get; }

    /// <summary>The element type.</summary>
    public ElementType Type { get; }

    /// <summary>Extents and element type together.</summary>
    public TensorType TensorType => new(Shape, Type);

    /// <summary>What fills it and how long it lives.</summary>
    public ValueKind Kind { get; }

    /// <summary>Whether a parameter or a watched input influences it, so that <see cref="Tape.Backward(Value)"/> needs its gradient.</summary>
    public bool RequiresGradient { get; }

    /// <summary>The node that writes it; null: an input, parameter or state.</summary>
    internal Node? Producer { get; init; }

    /// <summary>Whether the caller reads it after a run, so that its memory is not reused.</summary>
    public bool Kept { get; internal set; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Shape}";
}
