using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Rewriting;

/// <summary>
/// Records an inference tape anew with the convolutions of given layers done in bytes. What one of them makes for others alone is never real; what others read
/// too is rounded to bytes once.
/// </summary>
public sealed class TapeQuantiser
{
    private readonly Dictionary<Value, Value> _real = [];
    private readonly Dictionary<(Value, Quantisation), Value> _bytes = [];
    private readonly ILookup<Value, Node> _readers;
    private readonly IReadOnlyDictionary<string, QuantisedLayer> _layers;
    private readonly Dictionary<Value, string> _wholes;

    /// <summary>Quantises a finished tape, which stays as it is.</summary>
    /// <param name="plain">The tape, rewritten or not; nothing on it updates parameters or state.</param>
    /// <param name="layers">The layers by the names of their weights; those the tape does not have, or not as convolutions, are left.</param>
    /// <param name="pieces">The tape's parameters that are pieces of others.</param>
    public TapeQuantiser(Tape plain, IReadOnlyDictionary<string, QuantisedLayer> layers, IReadOnlyList<ParameterPiece> pieces)
    {
        (_layers, _wholes) = (layers, WholesOf(plain, pieces));
        _readers = plain.Nodes.SelectMany(node => node.Inputs.Distinct().Select(input => (input, node))).ToLookup(pair => pair.input, pair => pair.node);
        foreach (var input in plain.Values.Where(value => value.Kind == ValueKind.Input))
            _real[input] = Tape.Declare(input);
        foreach (var node in plain.Nodes)
        {
            using var scope = Tape.Scope(node.Scope);
            if (Quantised(node) is { Length: > 0 } convolutions)
                Record(convolutions);
            else
                foreach (var (output, made) in node.Outputs.Zip(Tape.Record(node.Op, [.. node.Inputs.Select(input => Real(input))]).Outputs))
                    _real[output] = made;
        }
        foreach (var kept in plain.Values.Where(value => value.Kept))
            Tape.Keep(Real(kept));
    }

    /// <summary>The new tape.</summary>
    public Tape Tape { get; } = new();

    /// <summary>What stands for an input or a kept value of the plain tape.</summary>
    public Value this[Value plain] => Real(plain);

    /// <summary>The convolutions of a tape that can be done in bytes: the weight, whole, and the value that each reads.</summary>
    /// <param name="plain">A rewritten inference tape, so that convolutions that are done in other ways do not count.</param>
    /// <param name="pieces">Its parameters that are pieces of others.</param>
    /// <returns>Names of weights with the axis of their output channels.</returns>
    public static IReadOnlyDictionary<string, int> Candidates(Tape plain, IReadOnlyList<ParameterPiece> pieces)
    {
        var wholes = WholesOf(plain, pieces);
        var found = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in plain.Nodes)
            if (LayerConvolution.Of(node) is { Length: > 0 } convolutions && convolutions.All(one => one.IsQuantisable && wholes.ContainsKey(one.Weight)))
                foreach (var one in convolutions)
                    found[wholes[one.Weight]] = one.OutputAxis;
        return found;
    }

    /// <summary>The values that convolutions with given weights read.</summary>
    /// <param name="plain">An inference tape as it was recorded.</param>
    /// <param name="weights">Names of the weights.</param>
    public static IReadOnlyDictionary<string, Value> InputsOf(Tape plain, IEnumerable<string> weights)
    {
        var wanted = weights.ToHashSet();
        return plain.Nodes.SelectMany(LayerConvolution.Of).Where(one => wanted.Contains(one.Weight.Name))
            .ToDictionary(one => one.Weight.Name, one => one.Input);
    }

    // By name: the tape declares pieces anew each time it is recorded.
    private static Dictionary<Value, string> WholesOf(Tape tape, IReadOnlyList<ParameterPiece> pieces)
    {
        var parts = pieces.ToDictionary(piece => piece.Parameter.Name);
        return tape.Parameters.Where(weight => !parts.TryGetValue(weight.Name, out var piece) || piece.Kind != PieceKind.TransposedTaps)
            .ToDictionary(weight => weight, weight => parts.TryGetValue(weight.Name, out var piece) ? piece.Whole.Name : weight.Name);
    }

    /// <summary>The convolutions of a node if all of them are to be quantised; else none.</summary>
    private LayerConvolution[] Quantised(Node node) =>
        LayerConvolution.Of(node) is var found && found.All(one => one.IsQuantisable && Layer(one) is not null) ? found : [];

    private QuantisedLayer? Layer(LayerConvolution one) =>
        _wholes.TryGetValue(one.Weight, out var name) && _layers.TryGetValue(name, out var layer) ? layer : null;

    private void Record(LayerConvolution[] convolutions)
    {
        Value? before = null;
        foreach (var one in convolutions)
        {
            var input = Layer(one)!.Value.Input;
            var added = one.Op is Conv2d { HasResidual: true } && one.Residual is null ? before : null;
            var addedBytes = one.Residual is { } residual ? Form(residual) : null;
            var made = one.Output is { } output ? Form(output) : null;
            List<Value> inputs = [Bytes(one.Input, input), Tape.Declare(one.Weight), Scales(one)];
            if (one.Bias is { } bias)
                inputs.Add(Tape.Declare(bias));
            if (one.Residual is { } real)
                inputs.Add(addedBytes is { } form ? _bytes[(real, form)] : Real(real));
            else if (added is not null)
                inputs.Add(added);
            before = Tape.Record(new QuantisedConvolution(one.Op, input, addedBytes, made), [.. inputs]).Outputs[0];
            if (one.Output is not { } plain)
                continue;
            if (made is { } bytes)
                _bytes[(plain, bytes)] = before;
            else
                _real[plain] = before;
        }
    }

    private Value Scales(LayerConvolution one) =>
        Tape.VectorParameter(QuantisedLayer.ScalesOf(_wholes[one.Weight]), one.OutputAxis == 1 ? one.Weight.Shape.C : one.Weight.Shape.N);

    /// <summary>What the bytes of a value are worth that is there as bytes alone; null: it is real.</summary>
    private Quantisation? Form(Value value)
    {
        if (value.Kept || value.Producer is not { } producer || Quantised(producer).Length == 0)
            return null;
        var read = _readers[value].SelectMany(node => Quantised(node) is { Length: > 0 } convolutions
            ? convolutions.Where(one => one.Input == value).Select(one => (Quantisation?)Layer(one)!.Value.Input)
            : [null]).Distinct().ToList();
        return read is [{ } form] ? form : null;
    }

    private Value Bytes(Value plain, Quantisation to) => _bytes.TryGetValue((plain, to), out var known)
        ? known
        : _bytes[(plain, to)] = Tape.Record(new Quantise(to), Real(plain)).Outputs[0];

    private Value Real(Value plain) => _real.TryGetValue(plain, out var known) ? known
        : plain.Kind is ValueKind.State or ValueKind.Parameter ? _real[plain] = Tape.Declare(plain)
        : throw new InvalidOperationException($"{plain} is there as bytes alone");
}
