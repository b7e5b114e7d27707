using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Autograd;

/// <summary>What a gradient rule sees: the node, the gradients of its outputs, and where to put those of its inputs.</summary>
public sealed class GradientContext
{
    private readonly Dictionary<Value, Value> _gradients, _again;

    internal GradientContext(Tape tape, Dictionary<Value, Value> gradients, Dictionary<Value, Value> again, Node node)
    {
        Tape = tape;
        (_gradients, _again) = (gradients, again);
        Node = node;
    }

    /// <summary>The tape to record gradient nodes on.</summary>
    public Tape Tape { get; }

    /// <summary>The node to differentiate.</summary>
    public Node Node { get; }

    /// <summary>Input <paramref name="index"/> of the node.</summary>
    public Value Input(int index) => Node.Inputs[index];

    /// <summary>Output <paramref name="index"/> of the node.</summary>
    public Value Output(int index) => Node.Outputs[index];

    /// <summary>
    /// A value of the forward pass whose elements a gradient reads: it, or what gives it once more where that is cheaper than keeping it until here
    /// (<see cref="Op.CheapAgain"/>).
    /// </summary>
    public Value Again(Value value)
    {
        if (_again.TryGetValue(value, out var known))
            return known;
        return _again[value] = value.Producer is { Op.CheapAgain: true } producer && producer.Outputs[0] == value
            ? producer.Op.RecordAgain(Tape, producer.Inputs, producer.Outputs)[0]
            : value;
    }

    /// <summary>The gradient of output <paramref name="index"/>.</summary>
    /// <exception cref="NotSupportedException">That output feeds nothing that was differentiated.</exception>
    public Value OutputGradient(int index = 0) => _gradients.TryGetValue(Node.Outputs[index], out var dy)
        ? dy
        : throw new NotSupportedException($"{Node}: output {index} has no gradient");

    /// <summary>Whether input <paramref name="index"/> exists and needs a gradient.</summary>
    public bool Wants(int index) => index < Node.Inputs.Count && Node.Inputs[index].RequiresGradient;

    /// <summary>Adds <paramref name="gradient"/> to the gradient of input <paramref name="index"/>. Contributions of several uses add up.</summary>
    public void Add(int index, Value gradient) => AddTo(index, earlier => earlier is null ? gradient : Tape.Add(earlier, gradient));

    /// <summary>The same by an operation that adds what the uses so far contributed itself, which saves a pass over the map.</summary>
    /// <param name="index">The input.</param>
    /// <param name="record">Records the operation: given the sum so far, null where there is none, it returns the sum with its own contribution.</param>
    public void AddTo(int index, Func<Value?, Value> record)
    {
        var input = Node.Inputs[index];
        var sum = record(_gradients.GetValueOrDefault(input));
        if (sum.Shape != input.Shape)
            throw new InvalidOperationException($"{Node}: gradient {sum.Shape} for input {index} of shape {input.Shape}");
        _gradients[input] = sum;
    }
}
