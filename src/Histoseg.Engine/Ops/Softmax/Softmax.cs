using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>Softmax over the channels of each pixel (PyTorch <c>softmax</c> with dim 1 of NCHW).</summary>
    public sealed record Softmax : Op
    {
        /// <inheritdoc/>
        public override string Name => "softmax";

        /// <inheritdoc/>
        public override int InPlaceInput => 0;

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(5 * node.Inputs[0].Shape.Count, 2 * node.Inputs[0].Shape.Count);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.Record(new SoftmaxGradient(), [g.OutputGradient(), g.Output(0)], g.Input(0).Shape));

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.Softmax(this, node);
    }

    /// <summary>dx = y·(dy − Σ dy·y), the gradient of <see cref="Softmax"/> told from its output.</summary>
    public sealed record SoftmaxGradient : Op
    {
        /// <inheritdoc/>
        public override string Name => "softmax_gradient";

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.SoftmaxGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.Softmax"/>.</summary>
    public static class SoftmaxRecording
    {
        /// <summary>exp(x_c) / Σ exp(x) per pixel, computed after subtracting the largest.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="x">(N, H, W, classes).</param>
        /// <param name="type">Of the result: wide where a person will read the probabilities.</param>
        public static Value Softmax(this Tape tape, Value x, ElementType type = ElementType.Real) => tape.Record(new Softmax(), [x], x.Shape, type);
    }
}

namespace Histoseg.Engine.Backends
{
    public partial interface IBackend
    {
        /// <summary>Inputs: x. Outputs: y ← softmax over channels, which may be x's memory.</summary>
        Kernel Softmax(Ops.Softmax op, Node node);

        /// <summary>Inputs: dy, y. Outputs: dx.</summary>
        Kernel SoftmaxGradient(Ops.SoftmaxGradient op, Node node);
    }
}
