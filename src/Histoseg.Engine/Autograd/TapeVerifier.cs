using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Autograd;

/// <summary>Checks a tape against what every backend takes for granted, before anything is made of it.</summary>
/// <remarks>
/// Each value is on the tape once, and those that are named bear names of their own. Each intermediate is written by one node, and before any node
/// reads it. Each operation gets what its rule (<see cref="Op.Infer"/>) takes and makes what the rule gives. What may be written over in place is
/// like what is written, and nothing that outlives the run is written but parameters and state.
/// </remarks>
internal sealed class TapeVerifier
{
    private readonly Tape _tape;
    private readonly Node?[] _writers;

    private TapeVerifier(Tape tape) => (_tape, _writers) = (tape, new Node?[tape.Values.Count]);

    /// <summary>Throws at the first fault.</summary>
    /// <exception cref="TapeError">There is one.</exception>
    public static void Verify(Tape tape)
    {
        var verifier = new TapeVerifier(tape);
        verifier.CheckNames();
        for (var i = 0; i < tape.Nodes.Count; i++)
            verifier.CheckNode(tape.Nodes[i], i);
        if (tape.Values.FirstOrDefault(v => v.Kind == ValueKind.Intermediate && verifier._writers[v.Id] is null) is { } orphan)
            throw new TapeError($"no node writes {orphan}{(orphan.Kept ? ", which is kept" : "")}");
    }

    private void CheckNames()
    {
        var named = new Dictionary<string, Value>();
        for (var i = 0; i < _tape.Values.Count; i++)
        {
            var value = _tape.Values[i];
            if (value.Id != i)
                throw new TapeError($"{value} says that it is value {value.Id}, but is value {i}");
            if (value.Kind != ValueKind.Intermediate && !named.TryAdd(value.Name, value))
                throw new TapeError($"two tensors are named '{value.Name}': {Kinds(named[value.Name])} and {Kinds(value)}");
        }

        static string Kinds(Value value) => $"{value.Kind} {value.TensorType}";
    }

    private void CheckNode(Node node, int index)
    {
        if (node.Index != index)
            throw new TapeError(node, $"stands at place {index}");
        for (var i = 0; i < node.Inputs.Count; i++)
            CheckInput(node, i);
        CheckRule(node);
        CheckInPlace(node);
        CheckUpdates(node);
        for (var i = 0; i < node.Outputs.Count; i++)
            CheckOutput(node, i);
    }

    private void CheckInput(Node node, int index)
    {
        var input = node.Inputs[index];
        if (!_tape.Owns(input))
            throw new TapeError(node, $"reads as input {index} {input}, which is a value of another tape");
        if (input.Kind == ValueKind.Intermediate && _writers[input.Id] is null)
            throw new TapeError(node, $"reads as input {index} {input}, which "
                + (_tape.Nodes.FirstOrDefault(n => n.Outputs.Contains(input)) is { } writer ? $"is not written before {writer}" : "no node writes"));
    }

    private static void CheckRule(Node node)
    {
        IReadOnlyList<TensorType> expected;
        try
        {
            expected = node.Op.Infer(new Operands(node.Op, node.Inputs));
        }
        catch (Exception refused) when (refused is ArgumentException or EngineError)
        {
            throw new TapeError(node, $"does not take its inputs: {refused.Message}", refused);
        }
        if (node.Outputs.Count != expected.Count)
            throw new TapeError(node, $"has {node.Outputs.Count} outputs, but its rule gives {expected.Count}");
        for (var i = 0; i < expected.Count; i++)
            if (node.Outputs[i].TensorType != expected[i])
                throw new TapeError(node, $"has as output {i} {node.Outputs[i].Name}, {node.Outputs[i].TensorType}, but its rule gives {expected[i]}");
    }

    private static void CheckInPlace(Node node)
    {
        if (node.Op.InPlaceInput is var index && index < 0)
            return;
        if (index >= node.Inputs.Count || node.Outputs.Count == 0)
            throw new TapeError(node, $"may write output 0 over input {index}, but has {node.Inputs.Count} inputs and {node.Outputs.Count} outputs");
        var (input, output) = (node.Inputs[index], node.Outputs[0]);
        if (input.TensorType != output.TensorType)
            throw new TapeError(node, $"may write output 0 over input {index}, but {output.Name} is {output.TensorType} and {input.Name} {input.TensorType}");
    }

    private static void CheckUpdates(Node node)
    {
        foreach (var index in node.Op.UpdatedInputs)
        {
            if (index < 0 || index >= node.Inputs.Count)
                throw new TapeError(node, $"updates input {index}, but has {node.Inputs.Count} inputs");
            if (node.Inputs[index] is { Kind: not (ValueKind.Parameter or ValueKind.State) } input)
                throw new TapeError(node, $"updates input {index}, {input}, which is no parameter or state but an {input.Kind.ToString().ToLowerInvariant()}");
        }
    }

    private void CheckOutput(Node node, int index)
    {
        var output = node.Outputs[index];
        if (!_tape.Owns(output))
            throw new TapeError(node, $"writes as output {index} {output}, which is a value of another tape");
        if (output.Kind != ValueKind.Intermediate)
            throw new TapeError(node, $"writes as output {index} {output}, which is no intermediate but a {output.Kind.ToString().ToLowerInvariant()}");
        if (_writers[output.Id] is { } other)
            throw new TapeError(node, $"writes as output {index} {output}, which {other} has written");
        _writers[output.Id] = node;
    }
}
