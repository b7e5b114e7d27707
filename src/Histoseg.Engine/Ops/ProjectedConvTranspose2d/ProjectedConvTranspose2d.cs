using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// A transposed convolution with ReLU and the 1×1 convolution of it to a few channels, so that the large map between them need not go through memory:
    /// y = projection·relu(x ∗ᵀ weight + bias) + projection bias + sum.
    /// </summary>
    /// <remarks>The map is the second output, which only a backend that does one after the other writes.</remarks>
    /// <param name="Window">The window of the convolution that the transposed one is the transpose of.</param>
    /// <param name="Height">Output rows.</param>
    /// <param name="Width">Output columns.</param>
    /// <param name="HasBias">Whether the map has a bias.</param>
    /// <param name="Relu">Whether negative numbers of the map become 0.</param>
    /// <param name="HasProjectionBias">Whether the output has a bias.</param>
    /// <param name="HasSum">Whether the last input, of the output's shape, is added.</param>
    internal sealed record ProjectedConvTranspose2d(
        ConvWindow Window, int Height, int Width, bool HasBias, bool Relu, bool HasProjectionBias, bool HasSum) : Op
    {
        /// <inheritdoc/>
        public override string Name => "projected_conv_transpose2d";

        /// <summary>The transposed convolution alone.</summary>
        public ConvTranspose2d Map => new(Window, Height, Width, HasBias, HasResidual: false, Relu);

        /// <summary>The 1×1 convolution alone.</summary>
        public Conv2d Projection => new(ConvWindow.Square(1), HasProjectionBias, HasSum, Relu: false);

        /// <summary>Index of the projection among the inputs.</summary>
        public int ProjectionAt => HasBias ? 3 : 2;

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(3 + (HasBias ? 1 : 0) + (HasProjectionBias ? 1 : 0) + (HasSum ? 1 : 0));
            var (s, w, p) = (inputs.Of(0, ElementType.Real).Shape, inputs.Float(1).Shape, inputs.Float(ProjectionAt).Shape);
            if (!Window.IsValid || (w.N, w.H, w.W) != (s.C, Window.KernelH, Window.KernelW)
                || (Window.OutputH(Height), Window.OutputW(Width)) != (s.H, s.W))
                throw new ArgumentException($"projected_conv_transpose2d {Window}: weight {w} or output {Height}×{Width} does not fit input {s}");
            if ((p.H, p.W, p.C) != (1, 1, w.C))
                throw new ArgumentException($"projected_conv_transpose2d: projection {p} does not fit {w.C} channels");
            if (HasBias)
                inputs.Require(2, TensorType.Wide(Shape.Vector(w.C)));
            if (HasProjectionBias)
                inputs.Require(ProjectionAt + 1, TensorType.Wide(Shape.Vector(p.N)));
            var map = TensorType.Real(new(s.N, Height, Width, w.C));
            if (HasSum)
                inputs.Require(inputs.Count - 1, map.WithChannels(p.N));
            return [map.WithChannels(p.N), map];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node)
        {
            var (x, map, y) = (node.Inputs[0].Shape, node.Outputs[1].Shape, node.Outputs[0].Shape);
            return new(2 * (x.Count * map.C * Window.Taps + map.Count * y.C), node.Inputs.Sum(input => input.Shape.Count) + y.Count);
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.ProjectedConvTranspose2d(this, node);
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x, weight, [bias], projection, [projection bias], [sum]. Outputs: y, the map, which may be left unwritten.</summary>
        Kernel ProjectedConvTranspose2d(Ops.ProjectedConvTranspose2d op, Node node);
    }
}
