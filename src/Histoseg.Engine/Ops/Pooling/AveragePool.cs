using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;

namespace Histoseg.Engine.Ops
{
    /// <summary>The pooling windows along one axis.</summary>
    /// <param name="Input">Extent of the input.</param>
    /// <param name="Output">Number of windows.</param>
    /// <param name="Kernel">Window length, or 0 for adaptive windows floor(i·Input/Output) … ceil((i+1)·Input/Output).</param>
    /// <param name="Stride">Distance of fixed windows.</param>
    public readonly record struct PoolWindows(int Input, int Output, int Kernel, int Stride)
    {
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
        public override Work Cost(Node node) => new(node.Inputs[0].Shape.Count, node.Inputs[0].Shape.Count + node.Outputs[0].Shape.Count);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.Record(new AveragePoolGradient(Rows, Columns), [g.OutputGradient()], g.Input(0).Shape, g.Input(0).Type));

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.AveragePool(this, node);
    }

    /// <summary>The gradient of <see cref="Ops.AveragePool"/>: each input element gathers from the windows that hold it.</summary>
    public sealed record AveragePoolGradient(PoolWindows Rows, PoolWindows Columns) : Op
    {
        /// <inheritdoc/>
        public override string Name => "avg_pool2d_gradient";

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.AveragePoolGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.AveragePool"/>.</summary>
    public static class AveragePoolRecording
    {
        /// <summary>Means over kernel × kernel windows, stride apart, none reaching over the edge.</summary>
        /// <exception cref="ArgumentException">The kernel is larger than the map.</exception>
        public static Value AvgPool2d(this Tape tape, Value x, int kernel, int stride)
        {
            var s = x.Shape;
            if (kernel < 1 || stride < 1 || kernel > s.H || kernel > s.W)
                throw new ArgumentException($"avg_pool2d: a {kernel}×{kernel} window with stride {stride} does not fit into {s.H}×{s.W}");
            return Pool(tape, x, new(s.H, (s.H - kernel) / stride + 1, kernel, stride), new(s.W, (s.W - kernel) / stride + 1, kernel, stride));
        }

        /// <summary>Means over height × width windows that together cover the map.</summary>
        public static Value AdaptiveAvgPool2d(this Tape tape, Value x, int height, int width) =>
            Pool(tape, x, new(x.Shape.H, height, 0, 0), new(x.Shape.W, width, 0, 0));

        private static Value Pool(Tape tape, Value x, PoolWindows rows, PoolWindows columns) =>
            tape.Record(new AveragePool(rows, columns), [x], x.Shape with { H = rows.Output, W = columns.Output }, x.Type);
    }
}

namespace Histoseg.Engine.Backends
{
    public partial interface IBackend
    {
        /// <summary>Inputs: x. Outputs: y ← means over the windows.</summary>
        Kernel AveragePool(Ops.AveragePool op, Node node);

        /// <summary>Inputs: dy. Outputs: dx.</summary>
        Kernel AveragePoolGradient(Ops.AveragePoolGradient op, Node node);
    }
}
