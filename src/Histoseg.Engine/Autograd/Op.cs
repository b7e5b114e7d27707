using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Autograd;

/// <summary>The arithmetic and the memory traffic a node cannot do without.</summary>
/// <param name="Flops">Floating-point operations; a multiply-add counts as two.</param>
/// <param name="Elements">Elements read and written at least once.</param>
public readonly record struct Work(long Flops, long Elements);

/// <summary>One kind of operation with its attributes: what it is, takes and makes, its gradient rule, its cost, and which backend method runs it.</summary>
public abstract record Op
{
    /// <summary>The operation's name as it appears in plans and errors.</summary>
    public abstract string Name { get; }

    /// <summary>Index of the input, of output 0's shape and type, whose memory output 0 may take over when this node is its last reader, or −1.</summary>
    public virtual int InPlaceInput => -1;

    /// <summary>Indices of the inputs a node writes to, so that it counts even if nobody reads its outputs. They must be parameters or state.</summary>
    public virtual IReadOnlyList<int> UpdatedInputs => [];

    /// <summary>The operation's one rule of shapes and element types: refuses inputs that do not fit, and tells what it makes of those that do.</summary>
    /// <param name="inputs">The inputs, in the operation's order.</param>
    /// <returns>Each output's shape and element type.</returns>
    /// <exception cref="ArgumentException">The inputs or the attributes do not fit.</exception>
    public abstract IReadOnlyList<TensorType> Infer(Operands inputs);

    /// <summary>Records the gradient nodes of <paramref name="g"/>'s node: one contribution per input that wants one.</summary>
    public virtual void Gradient(GradientContext g) =>
        throw new NotSupportedException($"{Name} has no gradient rule");

    /// <summary>Whether to compute output 0 once more costs little beside keeping it for the gradients.</summary>
    public virtual bool CheapAgain => false;

    /// <summary>Records a node of this kind once more, to the same bits and without changing anything else.</summary>
    /// <param name="tape">Where to.</param>
    /// <param name="inputs">What it reads.</param>
    /// <param name="outputs">What it gave the first time.</param>
    /// <returns>What it gives now; of those that are small, the ones from the first time may stand.</returns>
    /// <exception cref="NotSupportedException">It changes what it reads.</exception>
    public virtual IReadOnlyList<Value> RecordAgain(Tape tape, IReadOnlyList<Value> inputs, IReadOnlyList<Value> outputs) => UpdatedInputs.Count == 0
        ? tape.Record(this, [.. inputs]).Outputs
        : throw new NotSupportedException($"{Name} cannot be recorded once more");

    /// <summary>Arithmetic and traffic of one node of this kind. The default counts traffic and one operation per output element.</summary>
    public virtual Work Cost(Node node)
    {
        var (read, written) = (node.Inputs.Sum(v => v.Shape.Count), node.Outputs.Sum(v => v.Shape.Count));
        return new Work(written, read + written);
    }

    /// <summary>Asks the backend for the kernel of one node.</summary>
    internal abstract Kernel Compile(IKernels backend, Node node);
}
