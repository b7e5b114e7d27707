using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>Transposed convolution with an optional bias and ReLU (PyTorch <c>conv_transpose2d</c>); also the gradient of <see cref="Ops.Conv2d"/> with respect to its input.</summary>
    /// <param name="Window">The window of the convolution this is the transpose of.</param>
    /// <param name="HasBias">Whether a bias (1,1,1,O) is the third input.</param>
    /// <param name="Relu">Whether negative results become 0.</param>
    public sealed record ConvTranspose2d(ConvWindow Window, bool HasBias, bool Relu) : Op
    {
        /// <inheritdoc/>
        public override string Name => Relu ? "conv_transpose2d_relu" : "conv_transpose2d";

        /// <inheritdoc/>
        public override Work Cost(Node node) => Conv2d.ConvWork(node, node.Inputs[0].Shape.Count * node.Outputs[0].Shape.C * Window.Taps);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g)
        {
            var (x, weight, tape) = (g.Input(0), g.Input(1), g.Tape);
            var dz = Relu ? tape.ReluGradient(g.OutputGradient(), g.Output(0)) : g.OutputGradient();
            if (g.Wants(0))
                g.Add(0, tape.Conv2d(dz, weight, Window));
            if (g.Wants(1))
                g.Add(1, tape.Conv2dWeightGradient(dz, x, Window));
            if (HasBias && g.Wants(2))
                g.Add(2, tape.ChannelSum(dz));
        }

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.ConvTranspose2d(this, node);
    }

    /// <summary>Records <see cref="Ops.ConvTranspose2d"/>.</summary>
    public static class ConvTranspose2dRecording
    {
        /// <summary>y = relu(x ∗ᵀ weight + bias), the bias and the ReLU as asked for.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="x">(N, H, W, I).</param>
        /// <param name="weight">(I, KernelH, KernelW, O): PyTorch's IOHW with the channels last.</param>
        /// <param name="window">The window of the convolution this is the transpose of.</param>
        /// <param name="height">Output rows; the window must take them to H rows. PyTorch's output_padding chooses among several such sizes.</param>
        /// <param name="width">Output columns.</param>
        /// <param name="bias">(1, 1, 1, O) or null.</param>
        /// <param name="relu">Whether a ReLU follows.</param>
        /// <returns>(N, height, width, O).</returns>
        /// <exception cref="ArgumentException">Shapes do not fit.</exception>
        public static Value ConvTranspose2d(this Tape tape, Value x, Value weight, ConvWindow window, int height, int width, Value? bias = null, bool relu = false)
        {
            var (s, w) = (x.Shape, weight.Shape);
            if (!window.IsValid || (w.N, w.H, w.W) != (s.C, window.KernelH, window.KernelW))
                throw new ArgumentException($"conv_transpose2d {window}: weight {w} does not fit input {s}");
            if ((window.OutputH(height), window.OutputW(width)) != (s.H, s.W))
                throw new ArgumentException($"conv_transpose2d {window}: output {height}×{width} does not belong to input {s}");
            if (bias is not null && (bias.Shape != Shape.Vector(w.C) || bias.Type != ElementType.Wide))
                throw new ArgumentException($"conv_transpose2d {window}: bias {bias.Shape} does not fit {w.C} channels");
            return tape.Record(new ConvTranspose2d(window, bias is not null, relu), bias is null ? [x, weight] : [x, weight, bias],
                new Shape(s.N, height, width, w.C));
        }
    }
}

namespace Histoseg.Engine.Backends
{
    public partial interface IBackend
    {
        /// <summary>Inputs: x, weight, [bias]. Outputs: y.</summary>
        Kernel ConvTranspose2d(Ops.ConvTranspose2d op, Node node);
    }
}
