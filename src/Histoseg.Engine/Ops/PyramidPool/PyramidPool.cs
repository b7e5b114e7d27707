using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>One level of a pyramid: the products of its windows over rows and over columns.</summary>
    public readonly record struct PyramidLevel(PoolWindows Rows, PoolWindows Columns);

    /// <summary>
    /// Several average poolings of one map in one pass over it: output l is what <see cref="AveragePool"/> with level l's windows gives (the pyramid
    /// pooling of Zhao et al. 2017).
    /// </summary>
    public sealed record PyramidPool(IReadOnlyList<PyramidLevel> Levels) : Op
    {
        /// <inheritdoc/>
        public override string Name => "pyramid_pool";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            var (x, s) = (inputs.Float(0), inputs[0].Shape);
            if (Levels.Count == 0)
                throw new ArgumentException("pyramid_pool: at least one level is needed");
            if (Levels.All(level => level.Rows.Fit(s.H) && level.Columns.Fit(s.W)))
                return [.. Levels.Select(level => x.WithMap(level.Rows.Output, level.Columns.Output))];
            throw new ArgumentException(Levels.Any(level => level.Rows.Kernel > 0)
                ? $"pyramid_pool: windows of {string.Join(", ", Levels.Select(level => level.Rows.Kernel))} do not all fit into {s.H}×{s.W}"
                : $"pyramid_pool: {string.Join(", ", Levels.Select(level => level.Rows.Output))} bins must be positive");
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(
            Levels.Count * node.Inputs[0].Shape.Count, node.Inputs[0].Shape.Count + node.Outputs.Sum(y => y.Shape.Count));

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.Record(new PyramidPoolGradient(Levels), [.. Levels.Select((_, i) => g.OutputGradient(i))]).Outputs[0]);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.PyramidPool(this, node);
    }

    /// <summary>The gradient of <see cref="Ops.PyramidPool"/>: each input element gathers from the windows of all levels that hold it.</summary>
    internal sealed record PyramidPoolGradient(IReadOnlyList<PyramidLevel> Levels) : Op
    {
        /// <inheritdoc/>
        public override string Name => "pyramid_pool_gradient";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(Levels.Count);
            var dx = inputs.Float(0).WithMap(Levels[0].Rows.Input, Levels[0].Columns.Input);
            for (var i = 0; i < Levels.Count; i++)
                inputs.Require(i, dx.WithMap(Levels[i].Rows.Output, Levels[i].Columns.Output));
            return [dx];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(
            2 * Levels.Count * node.Outputs[0].Shape.Count, node.Outputs[0].Shape.Count + node.Inputs.Sum(dy => dy.Shape.Count));

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.PyramidPoolGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.PyramidPool"/>.</summary>
    public static class PyramidPoolRecording
    {
        /// <summary>
        /// For each number of bins the means over bins × bins windows that together cover the map: (N, H, W, C) → (N, bins, bins, C) each. All outputs must
        /// be used if gradients are wanted.
        /// </summary>
        /// <exception cref="ArgumentException">There are no levels, or a number of bins is not positive.</exception>
        public static IReadOnlyList<Value> AdaptivePyramidPool(this Tape tape, Value x, params IReadOnlyList<int> bins) =>
            Record(tape, x, bins.Select(b => new PyramidLevel(PoolWindows.Adaptive(x.Shape.H, b), PoolWindows.Adaptive(x.Shape.W, b))));

        /// <summary>
        /// For each kernel the means over kernel × kernel windows side by side, none reaching over the edge: (N, H, W, C) → (N, ⌊H/kernel⌋, ⌊W/kernel⌋, C)
        /// each. All outputs must be used if gradients are wanted.
        /// </summary>
        /// <exception cref="ArgumentException">There are no levels, or a kernel is larger than the map.</exception>
        public static IReadOnlyList<Value> FixedPyramidPool(this Tape tape, Value x, params IReadOnlyList<int> kernels) =>
            Record(tape, x, kernels.Select(k => new PyramidLevel(PoolWindows.Fixed(x.Shape.H, k, k), PoolWindows.Fixed(x.Shape.W, k, k))));

        private static IReadOnlyList<Value> Record(Tape tape, Value x, IEnumerable<PyramidLevel> levels) =>
            tape.Record(new PyramidPool([.. levels]), x).Outputs;
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x. Outputs: per level the means over its windows.</summary>
        Kernel PyramidPool(Ops.PyramidPool op, Node node);

        /// <summary>Inputs: per level dy. Outputs: dx.</summary>
        Kernel PyramidPoolGradient(Ops.PyramidPoolGradient op, Node node);
    }
}
