using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// The second half of a global information convolution network (GICN, Qin et al. 2018): the k×1 convolution of what the 1×k convolution
    /// made plus the 1×k convolution of what the k×1 convolution made, both with bias, stride 1 and padding that keeps the size. There is
    /// no nonlinearity between the halves, so together with <see cref="Ops.CrossConv2d"/> this is a k×k convolution of rank two per pair of channels.
    /// </summary>
    /// <param name="K">Length of both kernels; odd.</param>
    public sealed record CrossSumConv2d(int K) : Op
    {
        /// <inheritdoc/>
        public override string Name => "cross_sum_conv2d";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(6);
            var y = CrossConv2d.CrossOutput(Name, inputs, K, row: (4, 5), column: (1, 2));
            inputs.Require(3, inputs[0]);
            return [y];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => CrossConv2d.CrossWork(node, node.Outputs[0], node.Inputs[0].Shape.C, K);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g)
        {
            var (tape, dy) = (g.Tape, g.OutputGradient());
            if (g.Wants(0) || g.Wants(3))
            {
                var dinputs = tape.Record(new CrossSumConv2dInputGradient(K), dy, g.Input(1), g.Input(4)).Outputs;
                g.Add(0, dinputs[0]);
                g.Add(3, dinputs[1]);
            }
            if (g.Wants(1) || g.Wants(4))
            {
                var dweights = tape.Record(new CrossSumConv2dWeightGradient(K), g.Input(0), g.Input(3), dy).Outputs;
                g.Add(1, dweights[0]);
                g.Add(4, dweights[1]);
            }
            if (g.Wants(2) || g.Wants(5))
            {
                var dbias = tape.ChannelSum(dy);
                g.Add(2, dbias);
                g.Add(5, dbias);
            }
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.CrossSumConv2d(this, node);
    }

    /// <summary>The gradients of <see cref="Ops.CrossSumConv2d"/> with respect to both inputs: the two transposed convolutions of dy.</summary>
    /// <param name="K">Length of both kernels.</param>
    internal sealed record CrossSumConv2dInputGradient(int K) : Op
    {
        /// <inheritdoc/>
        public override string Name => "cross_sum_conv2d_input_gradient";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(3);
            var (dy, weight) = (inputs.Of(0, ElementType.Real), inputs.Float(1));
            var dx = dy.WithChannels(weight.Shape.C);
            inputs.Require(1, weight with { Shape = new(dy.Shape.C, K, 1, dx.Shape.C) });
            inputs.Require(2, weight with { Shape = new(dy.Shape.C, 1, K, dx.Shape.C) });
            return [dx, dx];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => CrossConv2d.CrossWork(node, node.Outputs[0], node.Inputs[0].Shape.C, K);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.CrossSumConv2dInputGradient(this, node);
    }

    /// <summary>
    /// The gradients of <see cref="Ops.CrossSumConv2d"/> with respect to both weights: sums over pixels of dy times each input, shifted by each tap.
    /// </summary>
    /// <param name="K">Length of both kernels.</param>
    internal sealed record CrossSumConv2dWeightGradient(int K) : Op
    {
        /// <inheritdoc/>
        public override string Name => "cross_sum_conv2d_weight_gradient";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(3);
            var (row, outputs) = (inputs.Of(0, ElementType.Real), inputs[2].Shape.C);
            inputs.Require(1, row);
            inputs.Require(2, row.WithChannels(outputs));
            return [TensorType.Wide(new(outputs, K, 1, row.Shape.C)), TensorType.Wide(new(outputs, 1, K, row.Shape.C))];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => CrossConv2d.CrossWork(node, node.Inputs[2], node.Inputs[0].Shape.C, K);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.CrossSumConv2dWeightGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.CrossSumConv2d"/>.</summary>
    public static class CrossSumConv2dRecording
    {
        /// <summary>y = row ∗ columnWeight + columnBias + column ∗ rowWeight + rowBias.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="row">(N, H, W, I): what a 1×k convolution made.</param>
        /// <param name="columnWeight">(O, k, 1, I); k odd.</param>
        /// <param name="columnBias">(1, 1, 1, O).</param>
        /// <param name="column">(N, H, W, I): what a k×1 convolution made.</param>
        /// <param name="rowWeight">(O, 1, k, I).</param>
        /// <param name="rowBias">(1, 1, 1, O).</param>
        /// <returns>(N, H, W, O).</returns>
        /// <exception cref="ArgumentException">Shapes do not fit.</exception>
        public static Value CrossSumConv2d(this Tape tape, Value row, Value columnWeight, Value columnBias, Value column, Value rowWeight, Value rowBias) =>
            tape.Record(new CrossSumConv2d(rowWeight.Shape.W), row, columnWeight, columnBias, column, rowWeight, rowBias).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: row, columnWeight, columnBias, column, rowWeight, rowBias. Outputs: y.</summary>
        Kernel CrossSumConv2d(Ops.CrossSumConv2d op, Node node);

        /// <summary>Inputs: dy, columnWeight, rowWeight. Outputs: drow, dcolumn.</summary>
        Kernel CrossSumConv2dInputGradient(Ops.CrossSumConv2dInputGradient op, Node node);

        /// <summary>Inputs: row, column, dy. Outputs: dcolumnWeight, drowWeight.</summary>
        Kernel CrossSumConv2dWeightGradient(Ops.CrossSumConv2dWeightGradient op, Node node);
    }
}
