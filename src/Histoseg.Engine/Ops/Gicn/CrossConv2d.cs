using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// The first half of a global information convolution network (GICN, Qin et al. 2018; the large separable kernels of Peng et al. 2017):
    /// a 1×k and a k×1 convolution of one map, each with bias, stride 1 and padding that keeps the size (PyTorch <c>conv2d</c> twice).
    /// </summary>
    /// <param name="K">Length of both kernels; odd.</param>
    public sealed record CrossConv2d(int K) : Op
    {
        /// <inheritdoc/>
        public override string Name => "cross_conv2d";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(5);
            var y = CrossOutput(Name, inputs, K, row: (1, 2), column: (3, 4));
            return [y, y];
        }

        /// <summary>What both convolutions of input 0 make, if they are a 1×k and a k×1 kernel for it and the biases fit.</summary>
        /// <param name="name">The operation's name.</param>
        /// <param name="inputs">Its inputs.</param>
        /// <param name="k">Taps.</param>
        /// <param name="row">Which inputs are the 1×k weight and its bias.</param>
        /// <param name="column">Which inputs are the k×1 weight and its bias.</param>
        internal static TensorType CrossOutput(string name, Operands inputs, int k, (int Weight, int Bias) row, (int Weight, int Bias) column)
        {
            var (x, w, other) = (inputs.Of(0, ElementType.Real), inputs.Float(row.Weight), inputs[column.Weight]);
            if (w.Shape != new Shape(w.Shape.N, 1, k, x.Shape.C) || k % 2 == 0 || other != w.WithMap(k, 1))
                throw new ArgumentException($"{name}: weights {w.Shape} and {other.Shape} are no 1×k and k×1 kernel, k odd, for input {x.Shape}");
            inputs.Require(row.Bias, TensorType.Wide(Shape.Vector(w.Shape.N)));
            inputs.Require(column.Bias, TensorType.Wide(Shape.Vector(w.Shape.N)));
            return x.WithChannels(w.Shape.N);
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => CrossWork(node, node.Outputs[0], node.Inputs[0].Shape.C, K);

        /// <summary>Two convolutions of k taps each.</summary>
        /// <param name="node">The node.</param>
        /// <param name="map">The map that each convolution makes or is summed over.</param>
        /// <param name="depth">Channels on the other side of the weights.</param>
        /// <param name="k">Taps.</param>
        internal static Work CrossWork(Node node, Value map, int depth, int k) =>
            new(4 * map.Shape.Count * depth * k, node.Inputs.Sum(v => v.Shape.Count) + node.Outputs.Sum(v => v.Shape.Count));

        /// <inheritdoc/>
        public override void Gradient(GradientContext g)
        {
            var (x, rowWeight, columnWeight, tape) = (g.Input(0), g.Input(1), g.Input(3), g.Tape);
            var (drow, dcolumn) = (g.OutputGradient(0), g.OutputGradient(1));
            if (g.Wants(0))
                g.Add(0, tape.Record(new CrossConv2dInputGradient(K), drow, dcolumn, rowWeight, columnWeight).Outputs[0]);
            if (g.Wants(1) || g.Wants(3))
            {
                var dweights = tape.Record(new CrossConv2dWeightGradient(K), x, drow, dcolumn).Outputs;
                g.Add(1, dweights[0]);
                g.Add(3, dweights[1]);
            }
            if (g.Wants(2))
                g.Add(2, tape.ChannelSum(drow));
            if (g.Wants(4))
                g.Add(4, tape.ChannelSum(dcolumn));
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.CrossConv2d(this, node);
    }

    /// <summary>The gradient of <see cref="Ops.CrossConv2d"/> with respect to its input: the sum of both transposed convolutions.</summary>
    /// <param name="K">Length of both kernels.</param>
    internal sealed record CrossConv2dInputGradient(int K) : Op
    {
        /// <inheritdoc/>
        public override string Name => "cross_conv2d_input_gradient";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(4);
            var (drow, weight) = (inputs.Of(0, ElementType.Real), inputs.Float(2));
            var channels = weight.Shape.C;
            inputs.Require(1, drow);
            inputs.Require(2, weight with { Shape = new(drow.Shape.C, 1, K, channels) });
            inputs.Require(3, weight with { Shape = new(drow.Shape.C, K, 1, channels) });
            return [drow.WithChannels(channels)];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => CrossConv2d.CrossWork(node, node.Outputs[0], node.Inputs[0].Shape.C, K);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.CrossConv2dInputGradient(this, node);
    }

    /// <summary>
    /// The gradients of <see cref="Ops.CrossConv2d"/> with respect to both weights: sums over pixels of the outputs' gradients times the input, shifted by
    /// each tap.
    /// </summary>
    /// <param name="K">Length of both kernels.</param>
    internal sealed record CrossConv2dWeightGradient(int K) : Op
    {
        /// <inheritdoc/>
        public override string Name => "cross_conv2d_weight_gradient";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(3);
            var (x, outputs) = (inputs.Of(0, ElementType.Real), inputs[1].Shape.C);
            inputs.Require(1, x.WithChannels(outputs));
            inputs.Require(2, x.WithChannels(outputs));
            return [TensorType.Wide(new(outputs, 1, K, x.Shape.C)), TensorType.Wide(new(outputs, K, 1, x.Shape.C))];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => CrossConv2d.CrossWork(node, node.Inputs[1], node.Inputs[0].Shape.C, K);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.CrossConv2dWeightGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.CrossConv2d"/>.</summary>
    public static class CrossConv2dRecording
    {
        /// <summary>row = x ∗ rowWeight + rowBias and column = x ∗ columnWeight + columnBias.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="x">(N, H, W, I).</param>
        /// <param name="rowWeight">(O, 1, k, I); k odd.</param>
        /// <param name="rowBias">(1, 1, 1, O).</param>
        /// <param name="columnWeight">(O, k, 1, I).</param>
        /// <param name="columnBias">(1, 1, 1, O).</param>
        /// <returns>Two maps (N, H, W, O).</returns>
        /// <exception cref="ArgumentException">Shapes do not fit.</exception>
        public static (Value Row, Value Column) CrossConv2d(this Tape tape, Value x, Value rowWeight, Value rowBias, Value columnWeight, Value columnBias)
        {
            var outputs = tape.Record(new CrossConv2d(rowWeight.Shape.W), x, rowWeight, rowBias, columnWeight, columnBias).Outputs;
            return (outputs[0], outputs[1]);
        }
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x, rowWeight, rowBias, columnWeight, columnBias. Outputs: row, column.</summary>
        Kernel CrossConv2d(Ops.CrossConv2d op, Node node);

        /// <summary>Inputs: drow, dcolumn, rowWeight, columnWeight. Outputs: dx.</summary>
        Kernel CrossConv2dInputGradient(Ops.CrossConv2dInputGradient op, Node node);

        /// <summary>Inputs: x, drow, dcolumn. Outputs: drowWeight, dcolumnWeight.</summary>
        Kernel CrossConv2dWeightGradient(Ops.CrossConv2dWeightGradient op, Node node);
    }
}
