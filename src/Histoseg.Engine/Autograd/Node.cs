namespace Histoseg.Engine.Autograd;

/// <summary>One recorded operation: what it does, what it reads, what it writes.</summary>
public sealed class Node
{
    internal Node(int index, Op op, string scope, IReadOnlyList<Value> inputs)
    {
        Index = index;
        Op = op;
        Scope = scope;
        Inputs = inputs;
    }

    /// <summary>Position in <see cref="Tape.Nodes"/>, which is also the order of execution.</summary>
    public int Index { get; }

    /// <summary>The operation with its attributes.</summary>
    public Op Op { get; }

    /// <summary>The dotted name of the module that recorded it, for example <c>backbone.layer1.0.conv1</c>.</summary>
    public string Scope { get; }

    /// <summary>What it reads, in the operation's order.</summary>
    public IReadOnlyList<Value> Inputs { get; }

    /// <summary>What it writes.</summary>
    public IReadOnlyList<Value> Outputs { get; internal set; } = [];

    /// <inheritdoc/>
    public override string ToString() => Scope.Length == 0 ? $"#{Index} {Op.Name}" : $"#{Index} {Op.Name} ({Scope})";
}
