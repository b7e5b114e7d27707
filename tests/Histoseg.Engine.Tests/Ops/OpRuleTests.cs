using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checking;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Autograd;

namespace Histoseg.Engine.Tests.Ops;

/// <summary>Every operation's rule of shapes and types, held to every node that a case records.</summary>
public class OpRuleTests
{
    /// <summary>An operation that nobody wrote cases for.</summary>
    private sealed record Uncased : Op
    {
        public override string Name => "uncased";

        public override IReadOnlyList<TensorType> Infer(Operands inputs) => [];

        internal override Kernel Compile(IKernels backend, Node node) => () => { };
    }

    public static TheoryData<string> Cases => OpCaseTests.Cases;

    private static Tape Record(string name) => CaseTape.Record(OpCases.All.Single(c => c.ToString() == name));

    private static IEnumerable<Type> Unrecorded(IEnumerable<Type> types)
    {
        var recorded = OpCases.All.SelectMany(c => CaseTape.Record(c).Nodes).Select(node => node.Op.GetType()).ToHashSet();
        return types.Where(type => type.IsSubclassOf(typeof(Op)) && !type.IsAbstract && !recorded.Contains(type));
    }

    [Fact]
    public void Every_operation_is_recorded_by_a_case() => Assert.Empty(Unrecorded(typeof(Op).Assembly.GetTypes()));

    [Fact]
    public void An_operation_that_no_case_records_is_found() => Assert.Equal([typeof(Uncased)], Unrecorded([typeof(Relu), typeof(Uncased), typeof(Tape)]));

    [Theory, MemberData(nameof(Cases))]
    public void The_tape_and_its_plans_verify(string name)
    {
        var tape = Record(name);
        foreach (var (real, wide) in new[] { (2, 4), (4, 4), (8, 8) })
            Assert.Same(tape, MemoryPlan.For(tape, real, wide).Tape);
    }

    [Theory, MemberData(nameof(Cases))]
    public void Any_input_of_another_shape_is_refused(string name) =>
        EachInputReplacedIsRefused(name, type => type with { Shape = type.Shape with { N = type.Shape.N + 1, C = type.Shape.C + 1 } });

    [Theory, MemberData(nameof(Cases))]
    public void Any_input_of_another_type_is_refused(string name)
    {
        EachInputReplacedIsRefused(name, type => type with { Type = type.Type.IsFloat() ? ElementType.Int32 : ElementType.Real });
        EachInputReplacedIsRefused(name, type => type with { Type = type.Type == ElementType.UInt8 ? ElementType.Int32 : ElementType.UInt8 });
    }

    [Theory, MemberData(nameof(Cases))]
    public void One_input_more_or_fewer_is_refused(string name)
    {
        var tape = Record(name);
        var spare = tape.Input("spare", Shape.Scalar);
        foreach (var node in tape.Nodes.ToList())
        {
            AssertRefused(tape, node, [.. node.Inputs, node.Inputs.Count > 0 ? node.Inputs[^1] : spare]);
            if (node.Inputs.Count > 0)
                AssertRefused(tape, node, [.. node.Inputs.Take(node.Inputs.Count - 1)]);
        }
    }

    private static void EachInputReplacedIsRefused(string name, Func<TensorType, TensorType> change)
    {
        var tape = Record(name);
        foreach (var node in tape.Nodes.ToList())
        {
            for (var i = 0; i < node.Inputs.Count; i++)
            {
                Value[] inputs = [.. node.Inputs];
                var kind = inputs[i].Kind == ValueKind.Intermediate ? ValueKind.Input : inputs[i].Kind;
                inputs[i] = tape.Plant($"other{tape.Values.Count}", change(inputs[i].TensorType), kind);
                AssertRefused(tape, node, inputs);
            }
        }
    }

    private static void AssertRefused(Tape tape, Node node, Value[] inputs)
    {
        tape.Rewire(node, inputs);
        Assert.StartsWith($"the tape cannot be compiled: {node} ", Assert.Throws<TapeError>(() => TapeVerifier.Verify(tape)).Message);
        tape.Rewire(node, [.. node.Inputs]);
    }
}
