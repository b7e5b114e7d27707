using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>Two-dimensional convolution with an optional bias, an optional residual added and an optional ReLU after it (PyTorch <c>conv2d</c>).</summary>
    /// <param name="Window">Kernel extents, stride, padding, dilation.</param>
    /// <param name="HasBias">Whether a bias (1,1,1,O) follows the weight among the inputs.</param>
    /// <param name="HasResidual">Whether the last input, of the output's shape, is added before the ReLU.</param>
    /// <param name="Relu">Whether negative results become 0.</param>
    public sealed record Conv2d(ConvWindow Window, bool HasBias, bool HasResidual, bool Relu) : Op
    {
        /// <inheritdoc/>
        public override string Name => Relu ? "conv2d_relu" : "conv2d";

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
            if (!Window.IsValid || (w.H, w.W, w.C) != (Window.KernelH, Window.KernelW, s.C))
                throw new ArgumentException($"conv2d {Window}: weight {w} does not fit input {s}");
            var y = new Shape(s.N, Window.OutputH(s.H), Window.OutputW(s.W), w.N);
            return y.H >= 1 && y.W >= 1 ? y : throw new ArgumentException($"conv2d {Window}: input {s} is smaller than the kernel");
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => ConvWork(node, node.Outputs[0].Shape.Count * node.Inputs[0].Shape.C * Window.Taps);

        internal static Work ConvWork(Node node, long multiplyAdds) =>
            new(2 * multiplyAdds, node.Inputs.Sum(v => v.Shape.Count) + node.Outputs[0].Shape.Count);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g)
        {
            var (x, weight, tape) = (g.Input(0), g.Input(1), g.Tape);
            var dz = Relu ? tape.ReluGradient(g.OutputGradient(), g.Output(0)) : g.OutputGradient();
            if (g.Wants(0))
                g.AddTo(0, earlier => tape.ConvTranspose2d(dz, weight, Window, x.Shape.H, x.Shape.W, residual: earlier));
            if (g.Wants(1))
                g.Add(1, tape.Conv2dWeightGradient(g.Again(x), dz, Window));
            if (HasBias && g.Wants(2))
                g.Add(2, tape.ChannelSum(dz));
            var residual = HasBias ? 3 : 2;
            if (HasResidual && g.Wants(residual))
                g.Add(residual, dz);
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.Conv2d(this, node);
    }

    /// <summary>The gradient of a convolution with respect to its weight: dweight[o, tap, i] = Σ over pixels of dy[·, o]·x[· + tap, i].</summary>
    internal sealed record Conv2dWeightGradient(ConvWindow Window) : Op
    {
        /// <inheritdoc/>
        public override string Name => "conv2d_weight_gradient";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(2);
            var (x, dy) = (inputs.Of(0, ElementType.Real), inputs.Of(1, ElementType.Real));
            inputs.Require(1, x.WithMap(Window.OutputH(x.Shape.H), Window.OutputW(x.Shape.W)).WithChannels(dy.Shape.C));
            return [TensorType.Wide(new(dy.Shape.C, Window.KernelH, Window.KernelW, x.Shape.C))];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => Conv2d.ConvWork(node, node.Inputs[1].Shape.Count * node.Inputs[0].Shape.C * Window.Taps);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.Conv2dWeightGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.Conv2d"/>.</summary>
    public static class Conv2dRecording
    {
        /// <summary>y = relu(x ∗ weight + bias + residual), each addition and the ReLU as asked for.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="x">(N, H, W, I).</param>
        /// <param name="weight">(O, KernelH, KernelW, I).</param>
        /// <param name="window">How the kernel lies on the map.</param>
        /// <param name="bias">(1, 1, 1, O) or null.</param>
        /// <param name="residual">Of the output's shape, or null.</param>
        /// <param name="relu">Whether a ReLU follows.</param>
        /// <returns>(N, OutputH, OutputW, O).</returns>
        /// <exception cref="ArgumentException">Shapes do not fit.</exception>
        public static Value Conv2d(this Tape tape, Value x, Value weight, ConvWindow window, Value? bias = null, Value? residual = null, bool relu = false)
        {
            Value[] inputs = [x, weight, .. bias is null ? [] : new[] { bias }, .. residual is null ? [] : new[] { residual }];
            return tape.Record(new Conv2d(window, bias is not null, residual is not null, relu), inputs).Outputs[0];
        }

        internal static Value Conv2dWeightGradient(this Tape tape, Value x, Value dy, ConvWindow window) =>
            tape.Record(new Conv2dWeightGradient(window), x, dy).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x, weight, [bias], [residual]. Outputs: y.</summary>
        Kernel Conv2d(Ops.Conv2d op, Node node);

        /// <summary>Inputs: x, dy. Outputs: dweight.</summary>
        Kernel Conv2dWeightGradient(Ops.Conv2dWeightGradient op, Node node);
    }
}
