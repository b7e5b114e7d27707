using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>The pooling windows along one axis.</summary>
    /// <param name="Input">Extent of the input.</param>
    /// <param name="Output">Number of windows.</param>
    /// <param name="Kernel">Window length, or 0 for adaptive windows floor(i·Input/Output) … ceil((i+1)·Input/Output).</param>
    /// <param name="Stride">Distance of fixed windows.</param>
    public readonly record struct PoolWindows(int Input, int Output, int Kernel, int Stride)
    {
        /// <summary>Windows side by side or overlapping, none reaching over the edge; none at all if not even one fits.</summary>
        public static PoolWindows Fixed(int input, int kernel, int stride) =>
            new(input, kernel > 0 && stride > 0 && kernel <= input ? (input - kernel) / stride + 1 : 0, kernel, stride);

        /// <summary>Windows that together cover the input.</summary>
        public static PoolWindows Adaptive(int input, int output) => new(input, output, 0, 0);

        /// <summary>Whether there are windows and they lie within an axis of that length.</summary>
        internal bool Fit(int length) => Input == length && Output > 0 && Past(Output - 1) <= length;

        /// <summary>First element of window <paramref name="i"/>.</summary>
        public int First(int i) => Kernel > 0 ? i * Stride : i * Input / Output;

        /// <summary>One past the last element of window <paramref name="i"/>.</summary>
        public int Past(int i) => Kernel > 0 ? i * Stride + Kernel : ((i + 1) * Input + Output - 1) / Output;
    }

    /// <summary>The mean over rectangular windows (PyTorch <c>avg_pool2d</c> without padding, and <c>adaptive_avg_pool2d</c>).</summary>
    public sealed record AveragePool(PoolWindows Rows, PoolWindows Columns) : Op
    {
        /// <inheritdoc/>
        public override string Name => Rows.Kernel > 0 ? "avg_pool2d" : "adaptive_avg_pool2d";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            var (x, s) = (inputs.Float(0), inputs[0].Shape);
            if (Rows.Fit(s.H) && Columns.Fit(s.W))
                return [x.WithMap(Rows.Output, Columns.Output)];
            throw new ArgumentException(Rows.Kernel > 0
                ? $"avg_pool2d: a {Rows.Kernel}×{Columns.Kernel} window with stride {Rows.Stride} does not fit into {s.H}×{s.W}"
                : $"adaptive_avg_pool2d: {Rows.Output}×{Columns.Output} windows cannot cover {s.H}×{s.W}");
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(node.Inputs[0].Shape.Count, node.Inputs[0].Shape.Count + node.Outputs[0].Shape.Count);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.Record(new AveragePoolGradient(Rows, Columns), g.OutputGradient()).Outputs[0]);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.AveragePool(this, node);
    }

    /// <summary>The gradient of <see cref="Ops.AveragePool"/>: each input element gathers from the windows that hold it.</summary>
    internal sealed record AveragePoolGradient(PoolWindows Rows, PoolWindows Columns) : Op
    {
        /// <inheritdoc/>
        public override string Name => "avg_pool2d_gradient";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            var dy = inputs.Float(0);
            inputs.Require(0, dy.WithMap(Rows.Output, Columns.Output));
            return [dy.WithMap(Rows.Input, Columns.Input)];
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.AveragePoolGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.AveragePool"/>.</summary>
    public static class AveragePoolRecording
    {
        /// <summary>Means over kernel × kernel windows, stride apart, none reaching over the edge.</summary>
        /// <exception cref="ArgumentException">The kernel is larger than the map.</exception>
        public static Value AvgPool2d(this Tape tape, Value x, int kernel, int stride) =>
            tape.Record(new AveragePool(PoolWindows.Fixed(x.Shape.H, kernel, stride), PoolWindows.Fixed(x.Shape.W, kernel, stride)), x).Outputs[0];

        /// <summary>Means over height × width windows that together cover the map.</summary>
        /// <exception cref="ArgumentException">There are no windows.</exception>
        public static Value AdaptiveAvgPool2d(this Tape tape, Value x, int height, int width) =>
            tape.Record(new AveragePool(PoolWindows.Adaptive(x.Shape.H, height), PoolWindows.Adaptive(x.Shape.W, width)), x).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x. Outputs: y ← means over the windows.</summary>
        Kernel AveragePool(Ops.AveragePool op, Node node);

        /// <summary>Inputs: dy. Outputs: dx.</summary>
        Kernel AveragePoolGradient(Ops.AveragePoolGradient op, Node node);
    }
}
