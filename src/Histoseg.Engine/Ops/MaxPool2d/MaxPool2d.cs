using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// The largest element of each window and where it stood (PyTorch <c>max_pool2d</c> with <c>return_indices</c>). The first of equal elements wins.
    /// </summary>
    /// <param name="Kernel">Side of the windows.</param>
    /// <param name="Stride">Between the windows.</param>
    /// <param name="Padding">How far the outermost windows reach over each edge, at most half of the kernel; nothing lies there.</param>
    public sealed record MaxPool2d(int Kernel, int Stride, int Padding) : Op
    {
        /// <inheritdoc/>
        public override string Name => "max_pool2d";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            var (x, s) = (inputs.Float(0), inputs[0].Shape);
            if (Kernel < 1 || Stride < 1 || Padding < 0 || 2 * Padding > Kernel || Kernel > Math.Min(s.H, s.W) + 2 * Padding)
                throw new ArgumentException($"max_pool2d: a {Kernel}×{Kernel} window with stride {Stride} and padding {Padding} does not fit into {s.H}×{s.W}");
            var pooled = x.WithMap((s.H + 2 * Padding - Kernel) / Stride + 1, (s.W + 2 * Padding - Kernel) / Stride + 1);
            return [pooled, pooled with { Type = ElementType.Int32 }];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(
            (long)Kernel * Kernel * node.Outputs[0].Shape.Count, node.Inputs[0].Shape.Count + 2 * node.Outputs[0].Shape.Count);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.MaxUnpool2d(g.OutputGradient(), g.Output(1), g.Input(0).Shape.H, g.Input(0).Shape.W));

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.MaxPool2d(this, node);
    }

    /// <summary>
    /// Puts each element at its stored place in a larger map of zeros; elements with one place add up (PyTorch <c>max_unpool2d</c>; also the gradient of
    /// <see cref="Ops.MaxPool2d"/>).
    /// </summary>
    /// <param name="Height">Rows of the larger map.</param>
    /// <param name="Width">Columns of the larger map.</param>
    public sealed record MaxUnpool2d(int Height, int Width) : Op
    {
        /// <inheritdoc/>
        public override string Name => "max_unpool2d";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(2);
            var x = inputs.Float(0);
            return inputs[1] == x with { Type = ElementType.Int32 }
                ? [x.WithMap(Height, Width)]
                : throw new ArgumentException($"max_unpool2d: {x.Shape} needs integer indices of that shape, not {inputs[1]}");
        }

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.Record(new GatherPlane(), g.OutputGradient(), g.Input(1)).Outputs[0]);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.MaxUnpool2d(this, node);
    }

    /// <summary>Takes from each plane the elements at the stored places: the gradient of <see cref="Ops.MaxUnpool2d"/>.</summary>
    internal sealed record GatherPlane : Op
    {
        /// <inheritdoc/>
        public override string Name => "gather_plane";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(2);
            var (x, places) = (inputs.Float(0), inputs.Of(1, ElementType.Int32).Shape);
            var y = x.WithMap(places.H, places.W);
            inputs.Require(1, y with { Type = ElementType.Int32 });
            return [y];
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.GatherPlane(this, node);
    }

    /// <summary>Records <see cref="Ops.MaxPool2d"/> and <see cref="Ops.MaxUnpool2d"/>.</summary>
    public static class MaxPool2dRecording
    {
        /// <summary>
        /// Maxima over kernel × kernel windows, the outermost of which reach <paramref name="padding"/> over the edges, and their indices, flat within each
        /// H×W plane.
        /// </summary>
        /// <exception cref="ArgumentException">The window does not fit.</exception>
        public static (Value Maxima, Value Indices) MaxPool2d(this Tape tape, Value x, int kernel, int stride, int padding = 0)
        {
            var outputs = tape.Record(new MaxPool2d(kernel, stride, padding), x).Outputs;
            return (outputs[0], outputs[1]);
        }

        /// <summary>
        /// A map of <paramref name="height"/> × <paramref name="width"/> that is zero but for the elements of <paramref name="x"/> at
        /// <paramref name="indices"/>.
        /// </summary>
        /// <exception cref="ArgumentException">The indices are no integers of x's shape.</exception>
        public static Value MaxUnpool2d(this Tape tape, Value x, Value indices, int height, int width) =>
            tape.Record(new MaxUnpool2d(height, width), x, indices).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x. Outputs: maxima, indices within the plane.</summary>
        Kernel MaxPool2d(Ops.MaxPool2d op, Node node);

        /// <summary>Inputs: x, indices. Outputs: y.</summary>
        Kernel MaxUnpool2d(Ops.MaxUnpool2d op, Node node);

        /// <summary>Inputs: x, indices. Outputs: y.</summary>
        Kernel GatherPlane(Ops.GatherPlane op, Node node);
    }
}
