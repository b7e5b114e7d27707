using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Rewriting;

/// <summary>
/// Records a training step anew so that its backward pass computes the forward pass's maps once more, piece by piece, instead of finding them kept (Chen et al.
/// 2016, "Training deep nets with sublinear memory cost"; PyTorch's <c>checkpoint_sequential</c>). Losses and gradients are the same to the bit.
/// </summary>
/// <remarks>
/// The forward pass is cut where few bytes go from what is before to what is after. What crosses a cut is kept, what lies between two is computed again when
/// the first gradient reads of it, and after the last cut everything is kept, since its gradients come at once.
/// </remarks>
public sealed class Recomputation
{
    /// <summary>What is smaller is kept: statistics, coarse maps.</summary>
    private const long SmallBytes = 1 << 16;

    private const int MostPieces = 24;

    private readonly Dictionary<Value, Value> _new = [], _again = [];
    private readonly HashSet<Value> _kept;
    private readonly int _lastCut;
    private readonly int[] _places;

    /// <summary>Records a step anew in as many pieces as give the lowest planned peak; in one, as it is, if none does better.</summary>
    /// <param name="plain">The finished step, which stays as it is.</param>
    /// <param name="forward">Nodes of its forward pass, which come first.</param>
    public static Recomputation Least(Tape plain, int forward)
    {
        var crossing = Crossing(plain, forward);
        return Enumerable.Range(1, MostPieces).Select(pieces => new Recomputation(plain, forward, Cuts(plain, crossing, pieces), crossing))
            .MinBy(step => MemoryPlan.For(step.Tape, sizeof(float)).ArenaBytes)!;
    }

    private Recomputation(Tape plain, int forward, IReadOnlyList<int> cuts, IReadOnlyList<HashSet<Value>> crossing)
    {
        _kept = [.. cuts.SelectMany(cut => crossing[cut])];
        _lastCut = cuts.Count > 0 ? cuts[^1] : -1;
        _places = new int[plain.Nodes.Count];
        foreach (var value in plain.Values.Where(value => value.Producer is null))
            _new[value] = Tape.Declare(value);
        foreach (var node in plain.Nodes)
        {
            Value[] inputs = [.. node.Inputs.Select(input => node.Index < forward ? _new[input] : Again(input))];
            using var scope = Tape.Scope(node.Scope);
            _places[node.Index] = Tape.Nodes.Count;
            foreach (var (output, made) in node.Outputs.Zip(Tape.Record(node.Op, inputs).Outputs))
                _new[output] = made;
        }
        foreach (var kept in plain.Values.Where(value => value.Kept))
            Tape.Keep(_new[kept]);
    }

    /// <summary>The new tape.</summary>
    public Tape Tape { get; } = new();

    /// <summary>What stands for a value of the plain tape.</summary>
    public Value this[Value plain] => _new[plain];

    /// <summary>Index on the new tape of a node of the plain one.</summary>
    public int PlaceOf(int node) => _places[node];

    // What a gradient reads: a value that is there, or one that is recorded once more with all it is made of.
    private Value Again(Value plain)
    {
        if (plain.Producer is not { } node || node.Index > _lastCut || _kept.Contains(plain) || BytesOf(plain) < SmallBytes)
            return _new[plain];
        if (_again.TryGetValue(plain, out var known))
            return known;
        Value[] inputs = [.. node.Inputs.Select(Again)];
        using var scope = Tape.Scope(node.Scope);
        foreach (var (output, made) in node.Outputs.Zip(node.Op.RecordAgain(Tape, inputs, [.. node.Outputs.Select(output => _new[output])])))
            _again[output] = made;
        return _again[plain];
    }

    /// <summary>For each node of the forward pass, what it and those before it make for those after it.</summary>
    private static List<HashSet<Value>> Crossing(Tape plain, int forward)
    {
        var last = new Dictionary<Value, int>();
        foreach (var node in plain.Nodes.Take(forward))
            foreach (var input in node.Inputs.Where(input => input.Producer is not null))
                last[input] = node.Index;
        return [.. Enumerable.Range(0, forward).Select(cut =>
            last.Where(pair => pair.Key.Producer!.Index <= cut && pair.Value > cut).Select(pair => pair.Key).ToHashSet())];
    }

    /// <summary>Nodes after which the forward pass is cut into about as many pieces of about the same size.</summary>
    private static List<int> Cuts(Tape plain, IReadOnlyList<HashSet<Value>> crossing, int pieces)
    {
        long[] bytes = [.. crossing.Select(values => values.Sum(BytesOf))];
        var made = plain.Nodes.Take(crossing.Count).Select(node => node.Outputs.Sum(BytesOf)).ToArray();
        var (most, since) = (made.Sum() / pieces, 0L);
        var cuts = new List<int>();
        for (var i = 0; i < crossing.Count - 1; i++)
        {
            since += made[i];
            // Inside of a residual block two maps cross, at its end one.
            if (since < most || i > 0 && bytes[i - 1] < bytes[i] || bytes[i + 1] < bytes[i])
                continue;
            cuts.Add(i);
            since = 0;
        }
        return cuts;
    }

    private static long BytesOf(Value value) => value.Shape.Count * (value.Type == Tensors.ElementType.UInt8 ? sizeof(byte) : sizeof(float));
}
