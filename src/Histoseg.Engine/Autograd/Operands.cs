using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Autograd;

/// <summary>An operation's inputs as its rule sees them, and the words in which it refuses them.</summary>
public readonly struct Operands
{
    private readonly string _operation;
    private readonly IReadOnlyList<Value> _values;

    internal Operands(Op op, IReadOnlyList<Value> values) => (_operation, _values) = (op.Name, values);

    /// <summary>Number of inputs.</summary>
    public int Count => _values.Count;

    /// <summary>Input <paramref name="index"/>, whatever it is.</summary>
    public TensorType this[int index] => _values[index].TensorType;

    /// <summary>Throws unless there are just so many inputs.</summary>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public void RequireCount(int count)
    {
        if (Count != count)
            throw new ArgumentException($"{_operation}: {count} input{(count == 1 ? "" : "s")} wanted, not {Count}");
    }

    /// <summary>Input <paramref name="index"/>, which must hold floating-point numbers, of either width.</summary>
    /// <exception cref="ArgumentException">It holds integers or bytes.</exception>
    public TensorType Float(int index) => this[index].Type.IsFloat() ? this[index] : throw Refused(index, "floating-point numbers");

    /// <summary>Input <paramref name="index"/>, which must hold elements of that type.</summary>
    /// <exception cref="ArgumentException">It holds others.</exception>
    public TensorType Of(int index, ElementType type) => this[index].Type == type ? this[index] : throw Refused(index, $"{type}");

    /// <summary>Throws unless input <paramref name="index"/> is just what is wanted.</summary>
    /// <exception cref="ArgumentException">Its shape or its element type is another.</exception>
    public void Require(int index, TensorType wanted)
    {
        if (this[index] != wanted)
            throw Refused(index, $"{wanted}");
    }

    private ArgumentException Refused(int index, string wanted) =>
        new($"{_operation}: {wanted} wanted as input {index}, but {_values[index].Name} is {this[index]}");
}
