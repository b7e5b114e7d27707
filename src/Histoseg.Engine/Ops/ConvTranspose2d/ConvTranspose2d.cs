using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// Transposed convolution with an optional bias, residual and ReLU (PyTorch <c>conv_transpose2d</c>); also the gradient of <see cref="Ops.Conv2d"/> with
    /// respect to its input.
    /// </summary>
    /// <param name="Window">The window of the convolution this is the transpose of.</param>
    /// <param name="Height">Output rows.</param>
    /// <param name="Width">Output columns.</param>
    /// <param name="HasBias">Whether a bias (1,1,1,O) is the third input.</param>
    /// <param name="HasResidual">Whether the last input, of the output's shape, is added before the ReLU.</param>
    /// <param name="Relu">Whether negative results become 0.</param>
    public sealed record ConvTranspose2d(ConvWindow Window, int Height, int Width, bool HasBias, bool HasResidual, bool Relu) : Op
    {
        /// <inheritdoc/>
        public override string Name => Relu ? "conv_transpose2d_relu" : "conv_transpose2d";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(2 + (HasBias ? 1 : 0) + (HasResidual ? 1 : 0));
            var y = TensorType.Real(MapMade(inputs.Of(0, ElementType.Real).Shape, inputs.Float(1).Shape));
            if (HasBias)
                inputs.Require(2, TensorType.Wide(Shape.Vector(y.Shape.C)));
            if (HasResidual)
                inputs.Require(inputs.Count - 1, y);
            return [y];
        }

        /// <summary>The shape of what a map and a weight make.</summary>
        /// <exception cref="ArgumentException">They do not fit.</exception>
        internal Shape MapMade(Shape s, Shape w)
        {
            if (!Window.IsValid || (w.N, w.H, w.W) != (s.C, Window.KernelH, Window.KernelW))
                throw new ArgumentException($"conv_transpose2d {Window}: weight {w} does not fit input {s}");
            if ((Window.OutputH(Height), Window.OutputW(Width)) != (s.H, s.W))
                throw new ArgumentException($"conv_transpose2d {Window}: output {Height}×{Width} does not belong to input {s}");
            return new(s.N, Height, Width, w.C);
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => Conv2d.ConvWork(node, node.Inputs[0].Shape.Count * node.Outputs[0].Shape.C * Window.Taps);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g)
        {
            var (x, weight, tape) = (g.Input(0), g.Input(1), g.Tape);
            var dz = Relu ? tape.ReluGradient(g.OutputGradient(), g.Output(0)) : g.OutputGradient();
            if (g.Wants(0))
                g.AddTo(0, earlier => tape.Conv2d(dz, weight, Window, residual: earlier));
            if (g.Wants(1))
                g.Add(1, tape.Conv2dWeightGradient(dz, g.Again(x), Window));
            if (HasBias && g.Wants(2))
                g.Add(2, tape.ChannelSum(dz));
            var residual = HasBias ? 3 : 2;
            if (HasResidual && g.Wants(residual))
                g.Add(residual, dz);
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.ConvTranspose2d(this, node);
    }

    /// <summary>Records <see cref="Ops.ConvTranspose2d"/>.</summary>
    public static class ConvTranspose2dRecording
    {
        /// <summary>y = relu(x ∗ᵀ weight + bias + residual), each addition and the ReLU as asked for.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="x">(N, H, W, I).</param>
        /// <param name="weight">(I, KernelH, KernelW, O): PyTorch's IOHW with the channels last.</param>
        /// <param name="window">The window of the convolution this is the transpose of.</param>
        /// <param name="height">Output rows; the window must take them to H rows. PyTorch's output_padding chooses among several such sizes.</param>
        /// <param name="width">Output columns.</param>
        /// <param name="bias">(1, 1, 1, O) or null.</param>
        /// <param name="relu">Whether a ReLU follows.</param>
        /// <param name="residual">Of the output's shape, or null.</param>
        /// <returns>(N, height, width, O).</returns>
        /// <exception cref="ArgumentException">Shapes do not fit.</exception>
        public static Value ConvTranspose2d(this Tape tape, Value x, Value weight, ConvWindow window, int height, int width, Value? bias = null,
            bool relu = false, Value? residual = null)
        {
            Value[] inputs = [x, weight, .. bias is null ? [] : new[] { bias }, .. residual is null ? [] : new[] { residual }];
            return tape.Record(new ConvTranspose2d(window, height, width, bias is not null, residual is not null, relu), inputs).Outputs[0];
        }
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x, weight, [bias], [residual]. Outputs: y.</summary>
        Kernel ConvTranspose2d(Ops.ConvTranspose2d op, Node node);
    }
}
