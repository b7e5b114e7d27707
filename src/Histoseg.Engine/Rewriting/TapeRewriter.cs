using Histoseg.Engine.Autograd;

namespace Histoseg.Engine.Rewriting;

/// <summary>A node that was recorded in another way.</summary>
/// <param name="Rewrite">What was done.</param>
/// <param name="Layer">The layer that recorded the node.</param>
public sealed record AppliedRewrite(string Rewrite, string Layer);

/// <summary>Records an inference tape anew: each node by the first rule that is for it, and what nobody reads any more not at all.</summary>
public sealed class TapeRewriter
{
    /// <summary>Every rule, in the order they are tried: the second list on what the first gave. Each is exact up to rounding.</summary>
    private static readonly ITapeRewrite[][] Rules = [[new UnreadPixels(), new EnlargedParts(), new JoinedParts()], [new ProjectedMaps()]];

    private readonly Dictionary<Value, Value> _new = [];
    private readonly ILookup<Value, Node> _readers;
    private readonly List<AppliedRewrite> _applied;
    private readonly List<ParameterPiece> _pieces;

    private readonly TapeRewriter? _before;

    /// <summary>Rewrites a finished tape, which stays as it is, by every rule.</summary>
    /// <param name="plain">The tape; nothing on it updates parameters or state.</param>
    public static TapeRewriter Rewrite(Tape plain)
    {
        TapeRewriter? rewriter = null;
        foreach (var rules in Rules)
            rewriter = new TapeRewriter(rewriter, rewriter?.Tape ?? plain, rules);
        return rewriter!;
    }

    private TapeRewriter(TapeRewriter? before, Tape plain, ITapeRewrite[] all)
    {
        _before = before;
        (_applied, _pieces) = ([.. before?.Applied ?? []], [.. before?.Pieces ?? []]);
        _readers = plain.Nodes.SelectMany(node => node.Inputs.Select(input => (input, node))).ToLookup(pair => pair.input, pair => pair.node);
        foreach (var input in plain.Values.Where(value => value.Kind == ValueKind.Input))
            _new[input] = Tape.Declare(input);

        var rules = plain.Nodes.Select(node => all.FirstOrDefault(rule => rule.Reads(node, this) is not null)).ToArray();
        var read = plain.Values.Where(value => value.Kept).ToHashSet();
        foreach (var node in plain.Nodes.Reverse().Where(node => node.Outputs.Any(read.Contains)))
            read.UnionWith(rules[node.Index]?.Reads(node, this) ?? node.Inputs);
        foreach (var node in plain.Nodes.Where(node => node.Outputs.Any(read.Contains)))
        {
            using var scope = Tape.Scope(node.Scope);
            if (rules[node.Index] is { } rule)
            {
                _new[node.Outputs[0]] = rule.Record(node, this);
                _applied.Add(new(rule.Name, node.Scope));
                continue;
            }
            foreach (var (output, made) in node.Outputs.Zip(Tape.Record(node.Op, [.. node.Inputs.Select(New)]).Outputs))
                _new[output] = made;
        }
        foreach (var kept in plain.Values.Where(value => value.Kept))
            Tape.Keep(New(kept));
    }

    /// <summary>The new tape.</summary>
    public Tape Tape { get; } = new();

    /// <summary>What was recorded in another way.</summary>
    public IReadOnlyList<AppliedRewrite> Applied => _applied;

    /// <summary>The new tape's parameters that are pieces of the plain tape's.</summary>
    public IReadOnlyList<ParameterPiece> Pieces => _pieces;

    /// <summary>What stands for an input or a kept value of the plain tape.</summary>
    public Value this[Value plain] => New(_before is null ? plain : _before[plain]);

    /// <summary>What stands for a value of the tape that this pass rewrites.</summary>
    internal Value New(Value plain)
    {
        if (_new.TryGetValue(plain, out var known))
            return known;
        return _new[plain] = plain.Kind is ValueKind.State or ValueKind.Parameter
            ? Tape.Declare(plain)
            : throw new InvalidOperationException($"a rule reads {plain}, which it did not say");
    }

    /// <summary>The node of the plain tape that makes a value for one reader alone; null: it has others, is kept, or is made by none.</summary>
    internal Node? OnlyFor(Node reader, Value value) => !value.Kept && _readers[value].All(other => other == reader) ? value.Producer : null;

    /// <summary>The nodes of the plain tape that read a value; nobody says who reads what is kept.</summary>
    internal IEnumerable<Node> Readers(Value value) => _readers[value];

    /// <summary>A parameter of the new tape that is a piece of one of the plain tape's.</summary>
    internal Value Piece(Value whole, PieceKind kind, int first, int count)
    {
        var (_, h, w, c) = whole.Shape;
        var shape = kind switch
        {
            PieceKind.Inputs => whole.Shape with { C = count },
            PieceKind.TransposedInputs => whole.Shape with { N = count },
            _ => new(h * w * c, 1, 1, count),
        };
        var piece = Tape.Parameter($"{whole.Name}[{first}..{first + count}]", shape);
        _pieces.Add(new(piece, whole, kind, first));
        return piece;
    }
}
