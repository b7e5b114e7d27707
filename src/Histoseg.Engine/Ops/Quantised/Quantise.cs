using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>Real numbers as bytes, the nearest, of two the even one (ONNX <c>QuantizeLinear</c>). For inference: it has no gradient.</summary>
    /// <param name="To">What the bytes are worth.</param>
    public sealed record Quantise(Quantisation To) : Op
    {
        /// <inheritdoc/>
        public override string Name => "quantise";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            return To.IsValid ? [inputs.Of(0, ElementType.Real) with { Type = ElementType.UInt8 }]
                : throw new ArgumentException($"{Name}: {To} is out of range");
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.Quantise(this, node);
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x. Outputs: its bytes.</summary>
        Kernel Quantise(Ops.Quantise op, Node node);
    }
}
