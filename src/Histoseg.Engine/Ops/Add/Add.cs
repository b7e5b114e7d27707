using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>Elementwise sum of two tensors of one shape (PyTorch <c>torch.add</c>, without broadcasting).</summary>
    public sealed record Add : Op
    {
        /// <inheritdoc/>
        public override string Name => "add";

        /// <inheritdoc/>
        public override int InPlaceInput => 0;

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(2);
            var (a, b) = (inputs.Float(0), inputs.Float(1));
            return a == b ? [a] : throw new ArgumentException($"add: {a} and {b} differ");
        }

        /// <inheritdoc/>
        public override void Gradient(GradientContext g)
        {
            for (var i = 0; i < 2; i++)
                if (g.Wants(i))
                    g.Add(i, g.OutputGradient());
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.Add(this, node);
    }

    /// <summary>Records <see cref="Ops.Add"/>.</summary>
    public static class AddRecording
    {
        /// <summary>a + b.</summary>
        /// <exception cref="ArgumentException">The shapes or element types differ.</exception>
        public static Value Add(this Tape tape, Value a, Value b) => tape.Record(new Add(), a, b).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: a, b. Outputs: y ← a + b, which may be a's memory.</summary>
        Kernel Add(Ops.Add op, Node node);
    }
}
