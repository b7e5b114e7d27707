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
        public override Work Cost(Node node) => CrossConv2d.CrossWork(node, node.Outputs[0], node.Inputs[0].Shape.C, K);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g)
        {
            var (row, columnWeight, column, rowWeight, tape) = (g.Input(0), g.Input(1), g.Input(3), g.Input(4), g.Tape);
            var dy = g.OutputGradient();
            if (g.Wants(0) || g.Wants(3))
            {
                var dinputs = tape.Record(new CrossSumConv2dInputGradient(K), [dy, columnWeight, rowWeight],
                    (row.Shape, ElementType.Real), (column.Shape, ElementType.Real)).Outputs;
                g.Add(0, dinputs[0]);
                g.Add(3, dinputs[1]);
            }
            if (g.Wants(1) || g.Wants(4))
            {
                var dweights = tape.Record(new CrossSumConv2dWeightGradient(K), [row, column, dy],
                    (columnWeight.Shape, ElementType.Wide), (rowWeight.Shape, ElementType.Wide)).Outputs;
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
        public override Kernel Compile(IBackend backend, Node node) => backend.CrossSumConv2d(this, node);
    }

    /// <summary>The gradients of <see cref="Ops.CrossSumConv2d"/> with respect to both inputs: the two transposed convolutions of dy.</summary>
    /// <param name="K">Length of both kernels.</param>
    public sealed record CrossSumConv2dInputGradient(int K) : Op
    {
        /// <inheritdoc/>
        public override string Name => "cross_sum_conv2d_input_gradient";

        /// <inheritdoc/>
        public override Work Cost(Node node) => CrossConv2d.CrossWork(node, node.Outputs[0], node.Inputs[0].Shape.C, K);

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.CrossSumConv2dInputGradient(this, node);
    }

    /// <summary>The gradients of <see cref="Ops.CrossSumConv2d"/> with respect to both weights: sums over pixels of dy times each input, shifted by each tap.</summary>
    /// <param name="K">Length of both kernels.</param>
    public sealed record CrossSumConv2dWeightGradient(int K) : Op
    {
        /// <inheritdoc/>
        public override string Name => "cross_sum_conv2d_weight_gradient";

        /// <inheritdoc/>
        public override Work Cost(Node node) => CrossConv2d.CrossWork(node, node.Inputs[2], node.Inputs[0].Shape.C, K);

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.CrossSumConv2dWeightGradient(this, node);
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
        public static Value CrossSumConv2d(this Tape tape, Value row, Value columnWeight, Value columnBias, Value column, Value rowWeight, Value rowBias)
        {
            CrossConv2dRecording.RequireCross("cross_sum_conv2d", row, rowWeight, rowBias, columnWeight, columnBias);
            if (row.Shape != column.Shape)
                throw new ArgumentException($"cross_sum_conv2d: inputs {row.Shape} and {column.Shape} differ");
            return tape.Record(new CrossSumConv2d(rowWeight.Shape.W), [row, columnWeight, columnBias, column, rowWeight, rowBias],
                row.Shape with { C = rowWeight.Shape.N });
        }
    }
}

namespace Histoseg.Engine.Backends
{
    public partial interface IBackend
    {
        /// <summary>Inputs: row, columnWeight, columnBias, column, rowWeight, rowBias. Outputs: y.</summary>
        Kernel CrossSumConv2d(Ops.CrossSumConv2d op, Node node);

        /// <summary>Inputs: dy, columnWeight, rowWeight. Outputs: drow, dcolumn.</summary>
        Kernel CrossSumConv2dInputGradient(Ops.CrossSumConv2dInputGradient op, Node node);

        /// <summary>Inputs: row, column, dy. Outputs: dcolumnWeight, drowWeight.</summary>
        Kernel CrossSumConv2dWeightGradient(Ops.CrossSumConv2dWeightGradient op, Node node);
    }
}
