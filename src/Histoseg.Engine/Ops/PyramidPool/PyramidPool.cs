using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;

namespace Histoseg.Engine.Ops
{
    /// <summary>One level of a pyramid: the products of its windows over rows and over columns.</summary>
    public readonly record struct PyramidLevel(PoolWindows Rows, PoolWindows Columns);

    /// <summary>Several average poolings of one map in one pass over it: output l is what <see cref="AveragePool"/> with level l's windows gives (the pyramid pooling of Zhao et al. 2017).</summary>
    public sealed record PyramidPool(IReadOnlyList<PyramidLevel> Levels) : Op
    {
        /// <inheritdoc/>
        public override string Name => "pyramid_pool";

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(
            Levels.Count * node.Inputs[0].Shape.Count, node.Inputs[0].Shape.Count + node.Outputs.Sum(y => y.Shape.Count));

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.Record(new PyramidPoolGradient(Levels), [.. Levels.Select((_, i) => g.OutputGradient(i))], g.Input(0).Shape, g.Input(0).Type));

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.PyramidPool(this, node);
    }

    /// <summary>The gradient of <see cref="Ops.PyramidPool"/>: each input element gathers from the windows of all levels that hold it.</summary>
    public sealed record PyramidPoolGradient(IReadOnlyList<PyramidLevel> Levels) : Op
    {
        /// <inheritdoc/>
        public override string Name => "pyramid_pool_gradient";

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(
            2 * Levels.Count * node.Outputs[0].Shape.Count, node.Outputs[0].Shape.Count + node.Inputs.Sum(dy => dy.Shape.Count));

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.PyramidPoolGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.PyramidPool"/>.</summary>
    public static class PyramidPoolRecording
    {
        /// <summary>For each number of bins the means over bins × bins windows that together cover the map: (N, H, W, C) → (N, bins, bins, C) each. All outputs must be used if gradients are wanted.</summary>
        /// <exception cref="ArgumentException">There are no levels, or a number of bins is not positive.</exception>
        public static IReadOnlyList<Value> AdaptivePyramidPool(this Tape tape, Value x, params IReadOnlyList<int> bins) => bins.All(b => b > 0)
            ? Record(tape, x, [.. bins.Select(b => new PyramidLevel(new(x.Shape.H, b, 0, 0), new(x.Shape.W, b, 0, 0)))])
            : throw new ArgumentException($"pyramid_pool: {string.Join(", ", bins)} bins must be positive");

        /// <summary>For each kernel the means over kernel × kernel windows side by side, none reaching over the edge: (N, H, W, C) → (N, ⌊H/kernel⌋, ⌊W/kernel⌋, C) each. All outputs must be used if gradients are wanted.</summary>
        /// <exception cref="ArgumentException">There are no levels, or a kernel is larger than the map.</exception>
        public static IReadOnlyList<Value> FixedPyramidPool(this Tape tape, Value x, params IReadOnlyList<int> kernels) => kernels.All(k => k > 0 && k <= x.Shape.H && k <= x.Shape.W)
            ? Record(tape, x, [.. kernels.Select(k => new PyramidLevel(new(x.Shape.H, x.Shape.H / k, k, k), new(x.Shape.W, x.Shape.W / k, k, k)))])
            : throw new ArgumentException($"pyramid_pool: windows of {string.Join(", ", kernels)} do not all fit into {x.Shape.H}×{x.Shape.W}");

        private static IReadOnlyList<Value> Record(Tape tape, Value x, PyramidLevel[] levels) => levels.Length > 0
            ? tape.Record(new PyramidPool(levels), [x], [.. levels.Select(l => (x.Shape with { H = l.Rows.Output, W = l.Columns.Output }, x.Type))]).Outputs
            : throw new ArgumentException("pyramid_pool: at least one level is needed");
    }
}

namespace Histoseg.Engine.Backends
{
    public partial interface IBackend
    {
        /// <summary>Inputs: x. Outputs: per level the means over its windows.</summary>
        Kernel PyramidPool(Ops.PyramidPool op, Node node);

        /// <summary>Inputs: per level dy. Outputs: dx.</summary>
        Kernel PyramidPoolGradient(Ops.PyramidPoolGradient op, Node node);
    }
}
