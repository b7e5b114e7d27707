using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>max(x, 0) elementwise (PyTorch <c>relu</c>). Its gradient at 0 is 0.</summary>
    public sealed record Relu : Op
    {
        /// <inheritdoc/>
        public override string Name => "relu";

        /// <inheritdoc/>
        public override int InPlaceInput => 0;

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            return [inputs.Float(0)];
        }

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) => g.Add(0, g.Tape.ReluGradient(g.OutputGradient(), g.Output(0)));

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.Relu(this, node);
    }

    /// <summary>dy where y is positive, else 0: the gradient of <see cref="Relu"/>, told from its output.</summary>
    internal sealed record ReluGradient : Op
    {
        /// <inheritdoc/>
        public override string Name => "relu_gradient";

        /// <inheritdoc/>
        public override int InPlaceInput => 0;

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(2);
            var y = inputs.Float(1);
            inputs.Require(0, y);
            return [y];
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.ReluGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.Relu"/>.</summary>
    public static class ReluRecording
    {
        /// <summary>max(x, 0).</summary>
        public static Value Relu(this Tape tape, Value x) => tape.Record(new Relu(), x).Outputs[0];

        internal static Value ReluGradient(this Tape tape, Value dy, Value y) => tape.Record(new ReluGradient(), dy, y).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x. Outputs: y ← max(x, 0), which may be x's memory.</summary>
        Kernel Relu(Ops.Relu op, Node node);

        /// <summary>Inputs: dy, y. Outputs: dx ← y > 0 ? dy : 0, which may be dy's memory.</summary>
        Kernel ReluGradient(Ops.ReluGradient op, Node node);
    }
}
