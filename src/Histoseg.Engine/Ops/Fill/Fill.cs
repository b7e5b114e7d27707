using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>A tensor of one constant.</summary>
    /// <param name="Result">What it is.</param>
    /// <param name="Constant">Every element.</param>
    public sealed record Fill(TensorType Result, double Constant) : Op
    {
        /// <inheritdoc/>
        public override string Name => "fill";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(0);
            return Result.Type.IsFloat() ? [Result] : throw new ArgumentException($"fill: floating-point numbers wanted, not {Result}");
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.Fill(this, node);
    }

    /// <summary>Records <see cref="Fill"/>.</summary>
    public static class FillRecording
    {
        /// <summary>A tensor of <paramref name="shape"/> with every element equal to <paramref name="constant"/>.</summary>
        public static Value Fill(this Tape tape, Shape shape, double constant, ElementType type = ElementType.Real) =>
            tape.Record(new Fill(new(shape, type), constant)).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Outputs: y ← constant.</summary>
        Kernel Fill(Ops.Fill op, Node node);
    }
}
