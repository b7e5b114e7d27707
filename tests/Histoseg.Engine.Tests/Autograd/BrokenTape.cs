using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Autograd;

/// <summary>Puts on tapes what recording would refuse.</summary>
internal static class BrokenTape
{
    /// <summary>An operation that takes anything and declares what a test wants.</summary>
    /// <param name="Makes">What its rule gives.</param>
    /// <param name="InPlace">Its <see cref="Op.InPlaceInput"/>.</param>
    /// <param name="Updates">Its <see cref="Op.UpdatedInputs"/>.</param>
    public sealed record Planted(TensorType[] Makes, int InPlace = -1, params int[] Updates) : Op
    {
        public override string Name => "planted";

        public override int InPlaceInput => InPlace;

        public override IReadOnlyList<int> UpdatedInputs => Updates;

        public override IReadOnlyList<TensorType> Infer(Operands inputs) => Makes;

        internal override Kernel Compile(IKernels backend, Node node) => () => { };
    }

    /// <summary>A value that no node writes yet.</summary>
    public static Value Plant(this Tape tape, string name, TensorType type, ValueKind kind = ValueKind.Intermediate)
    {
        var value = new Value(tape.Values.Count, name, type.Shape, type.Type, kind, requiresGradient: false);
        ((List<Value>)tape.Values).Add(value);
        return value;
    }

    /// <summary>A node of those inputs and outputs at the end, whatever its rule says.</summary>
    public static Node Plant(this Tape tape, Op op, Value[] inputs, params Value[] outputs)
    {
        var node = new Node(tape.Nodes.Count, op, tape.CurrentScope, inputs) { Outputs = outputs };
        ((List<Node>)tape.Nodes).Add(node);
        return node;
    }

    /// <summary>Gives a node other inputs; its outputs stay.</summary>
    public static void Rewire(this Tape tape, Node node, params Value[] inputs) =>
        ((List<Node>)tape.Nodes)[node.Index] = new Node(node.Index, node.Op, node.Scope, inputs) { Outputs = node.Outputs };
}
