using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>Softmax over the channels of each pixel (PyTorch <c>softmax</c> with dim 1 of NCHW).</summary>
    /// <param name="Widens">Whether the result is wide though x is not.</param>
    public sealed record Softmax(bool Widens) : Op
    {
        /// <inheritdoc/>
        public override string Name => "softmax";

        /// <inheritdoc/>
        public override int InPlaceInput => Widens ? -1 : 0;

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            return Widens ? [TensorType.Wide(inputs.Of(0, ElementType.Real).Shape)] : [inputs.Float(0)];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(5 * node.Inputs[0].Shape.Count, 2 * node.Inputs[0].Shape.Count);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.Record(new SoftmaxGradient(Widens), g.OutputGradient(), g.Output(0)).Outputs[0]);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.Softmax(this, node);
    }

    /// <summary>dx = y·(dy − Σ dy·y), the gradient of <see cref="Softmax"/> told from its output.</summary>
    /// <param name="Narrows">Whether y is wide and dx is not.</param>
    internal sealed record SoftmaxGradient(bool Narrows) : Op
    {
        /// <inheritdoc/>
        public override string Name => "softmax_gradient";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(2);
            var y = Narrows ? inputs.Of(1, ElementType.Wide) : inputs.Float(1);
            inputs.Require(0, y);
            return Narrows ? [TensorType.Real(y.Shape)] : [y];
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.SoftmaxGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.Softmax"/>.</summary>
    public static class SoftmaxRecording
    {
        /// <summary>exp(x_c) / Σ exp(x) per pixel, computed after subtracting the largest.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="x">(N, H, W, classes).</param>
        /// <param name="type">Of the result, by default x's: wide where a person will read the probabilities.</param>
        /// <exception cref="ArgumentException">The result would be narrower than x.</exception>
        public static Value Softmax(this Tape tape, Value x, ElementType? type = null) => type is null || type == x.Type || type == ElementType.Wide
            ? tape.Record(new Softmax(Widens: type is { } wanted && wanted != x.Type), x).Outputs[0]
            : throw new ArgumentException($"softmax: {x.TensorType} does not become {type}");
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x. Outputs: y ← softmax over channels, which may be x's memory.</summary>
        Kernel Softmax(Ops.Softmax op, Node node);

        /// <summary>Inputs: dy, y. Outputs: dx.</summary>
        Kernel SoftmaxGradient(Ops.SoftmaxGradient op, Node node);
    }
}
