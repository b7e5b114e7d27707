using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// Batch normalisation per channel, with an optional residual added and an optional ReLU after it (PyTorch <c>batch_norm</c>; Ioffe and Szegedy 2015).
    /// </summary>
    /// <param name="Training">True: normalise by the batch's statistics and update the running ones. False: normalise by the running ones.</param>
    /// <param name="Momentum">Share of the new statistics in the running ones, 0.1 in PyTorch.</param>
    /// <param name="Epsilon">Added to the variance.</param>
    /// <param name="HasResidual">Whether input 5 is added before the ReLU.</param>
    /// <param name="Relu">Whether negative results become 0.</param>
    /// <param name="AcrossRanks">
    /// Whether the batch's statistics are those of all ranks of a training (PyTorch <c>SyncBatchNorm</c>), which have maps of equal size.
    /// </param>
    public sealed record BatchNorm(bool Training, double Momentum, double Epsilon, bool HasResidual, bool Relu, bool AcrossRanks = false) : Op
    {
        /// <inheritdoc/>
        public override string Name => Relu ? "batch_norm_relu" : "batch_norm";

        /// <inheritdoc/>
        public override IReadOnlyList<int> UpdatedInputs => Training ? [3, 4] : [];

        /// <inheritdoc/>
        public override int InPlaceInput => Training ? -1 : 0;

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(HasResidual ? 6 : 5);
            var x = inputs.Float(0);
            var channels = TensorType.Wide(Shape.Vector(x.Shape.C));
            for (var i = 1; i < 5; i++)
                inputs.Require(i, channels);
            if (HasResidual)
                inputs.Require(5, x);
            return [x, channels, channels];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new((Training ? 8 : 3) * node.Inputs[0].Shape.Count, (HasResidual ? 3 : 2) * node.Inputs[0].Shape.Count);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g)
        {
            // Only the mask of a ReLU behind a residual is read from y; any other follows from x.
            var gradients = g.Tape.Record(new BatchNormGradient(this), g.OutputGradient(), g.Input(0),
                Relu && HasResidual ? g.Again(g.Output(0)) : g.Input(0), g.Input(1), g.Output(1), g.Output(2), g.Input(2)).Outputs;
            for (var i = 0; i < 3; i++)
                if (g.Wants(i))
                    g.Add(i, gradients[i]);
            if (HasResidual && g.Wants(5))
                g.Add(5, Relu ? gradients[3] : g.OutputGradient());
        }

        /// <inheritdoc/>
        /// <remarks>A pass over x, which its gradient reads anyway, in place of a map kept from the forward pass until then.</remarks>
        public override bool CheapAgain => Training && !HasResidual;

        /// <inheritdoc/>
        public override IReadOnlyList<Value> RecordAgain(Tape tape, IReadOnlyList<Value> inputs, IReadOnlyList<Value> outputs) =>
        [
            tape.Record(new BatchNormAgain(HasResidual, Relu), [.. inputs.Take(3), .. outputs.Skip(1), .. inputs.Skip(5)]).Outputs[0], .. outputs.Skip(1),
        ];

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.BatchNorm(this, node);
    }

    /// <summary>What a batch norm gave before, from the statistics it used, to the bit.</summary>
    internal sealed record BatchNormAgain(bool HasResidual, bool Relu) : Op
    {
        /// <inheritdoc/>
        public override string Name => Relu ? "batch_norm_relu_again" : "batch_norm_again";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(HasResidual ? 6 : 5);
            var x = inputs.Float(0);
            for (var i = 1; i < 5; i++)
                inputs.Require(i, TensorType.Wide(Shape.Vector(x.Shape.C)));
            if (HasResidual)
                inputs.Require(5, x);
            return [x];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(3 * node.Inputs[0].Shape.Count, (HasResidual ? 3 : 2) * node.Inputs[0].Shape.Count);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.BatchNormAgain(this, node);
    }

    /// <summary>The gradients of <see cref="Ops.BatchNorm"/> with respect to x, scale and shift and, where a ReLU follows a residual, the residual.</summary>
    internal sealed record BatchNormGradient(BatchNorm Forward) : Op
    {
        // Then the mask of the ReLU is read from y, and what it lets through is the residual's gradient.
        private bool HasTwoMaps => Forward is { Relu: true, HasResidual: true };

        /// <inheritdoc/>
        public override string Name => "batch_norm_gradient";

        /// <inheritdoc/>
        public override int InPlaceInput => 0;

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(7);
            var x = inputs.Float(1);
            var channels = TensorType.Wide(Shape.Vector(x.Shape.C));
            inputs.Require(0, x);
            inputs.Require(2, x);
            for (var i = 3; i < 7; i++)
                inputs.Require(i, channels);
            return HasTwoMaps ? [x, channels, channels, x] : [x, channels, channels];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(12 * node.Inputs[1].Shape.Count, (HasTwoMaps ? 5 : 3) * node.Inputs[1].Shape.Count);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.BatchNormGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.BatchNorm"/>.</summary>
    public static class BatchNormRecording
    {
        /// <summary>PyTorch's default share of new statistics.</summary>
        public const double DefaultMomentum = 0.1;

        /// <summary>PyTorch's default epsilon.</summary>
        public const double DefaultEpsilon = 1e-5;

        /// <summary>Normalises each channel of <paramref name="x"/>.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="x">(N, H, W, C).</param>
        /// <param name="weight">Scale γ, (1, 1, 1, C).</param>
        /// <param name="bias">Shift β, (1, 1, 1, C).</param>
        /// <param name="runningMean">State (1, 1, 1, C).</param>
        /// <param name="runningVar">State (1, 1, 1, C), unbiased.</param>
        /// <param name="training">Whether to use and record the batch's own statistics; needs more than one pixel.</param>
        /// <param name="relu">Whether a ReLU follows.</param>
        /// <param name="residual">Added before the ReLU; of x's shape.</param>
        /// <param name="momentum">Share of the new statistics.</param>
        /// <param name="epsilon">Added to the variance.</param>
        /// <param name="acrossRanks">Whether the batch's statistics are those of all ranks of a training.</param>
        /// <exception cref="ArgumentException">Shapes do not fit.</exception>
        /// <exception cref="EngineError">One pixel in training.</exception>
        public static Value BatchNorm(this Tape tape, Value x, Value weight, Value bias, Value runningMean, Value runningVar, bool training,
            bool relu = false, Value? residual = null, double momentum = DefaultMomentum, double epsilon = DefaultEpsilon,
            bool acrossRanks = false)
        {
            // Not the rule's: the batch is chosen by the user, who knows the layer by the scope.
            if (training && x.Shape.Pixels < 2)
                throw new EngineError($"{tape.CurrentScope}: batch norm in training needs more than one value per channel, but has {x.Shape}; "
                    + "use a batch of at least 2");
            Value[] inputs = residual is null ? [x, weight, bias, runningMean, runningVar] : [x, weight, bias, runningMean, runningVar, residual];
            return tape.Record(new BatchNorm(training, momentum, epsilon, residual is not null, relu, acrossRanks), inputs).Outputs[0];
        }
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>
        /// Inputs: x, weight, bias, running mean, running variance, [residual]. Outputs: y; the mean and 1/√(variance + ε) used. In training writes the
        /// running statistics.
        /// </summary>
        Kernel BatchNorm(Ops.BatchNorm op, Node node);

        /// <summary>Inputs: x, weight, bias, mean, 1/√(variance + ε), [residual]. Outputs: y.</summary>
        Kernel BatchNormAgain(Ops.BatchNormAgain op, Node node);

        /// <summary>
        /// Inputs: dy, x, y (looked at only where a ReLU follows a residual), weight, mean, 1/√(variance + ε), bias. Outputs: dx (may be dy's memory), dweight,
        /// dbias, [dresidual].
        /// </summary>
        Kernel BatchNormGradient(Ops.BatchNormGradient op, Node node);
    }
}
