using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>Softmax cross-entropy plus the location loss of Qin et al. 2018: L = CE + α·Lloc.</summary>
    /// <remarks>
    /// CE is PyTorch's <c>cross_entropy</c> with <c>ignore_index</c> and class weights, divided by the summed weights of the counted pixels.
    /// Lloc = 0.5 − (|y∩P| + k)/(|y| + |P| + 2k), P being the softmax probability of a foreground class and y its truth, summed over an
    /// image's counted pixels; the mean over images and foreground classes is taken. With no counted pixel CE is 0.
    /// </remarks>
    /// <param name="CrossEntropyWeight">Factor of CE; 1 in the paper.</param>
    /// <param name="LocationWeight">α; 0.5 in the paper, 0 for cross-entropy alone.</param>
    /// <param name="LocationK">k; 5e-4 in the paper.</param>
    /// <param name="ClassWeights">One weight per class, or empty for equal weights.</param>
    /// <param name="AcrossRanks">
    /// Whether it is the loss of the patches of all ranks of a training, as many on each: losses are those of all, and the mean of the ranks' gradients is
    /// theirs.
    /// </param>
    public sealed record SegmentationLoss(
        double CrossEntropyWeight, double LocationWeight, double LocationK, IReadOnlyList<double> ClassWeights, bool AcrossRanks = false) : Op
    {
        /// <summary>The label of pixels that count nowhere.</summary>
        public const int Ignore = 255;

        /// <inheritdoc/>
        public override string Name => "segmentation_loss";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(2);
            var s = inputs.Float(0).Shape;
            if (inputs[1] != TargetOf(s))
                throw new ArgumentException($"segmentation loss: logits {s} need integer targets {s with { C = 1 }}, not {inputs[1]}");
            if (ClassWeights.Count > 0 && ClassWeights.Count != s.C)
                throw new ArgumentException($"segmentation loss: {ClassWeights.Count} class weights for {s.C} classes");
            return [TensorType.Wide(Shape.Scalar), TensorType.Wide(Shape.Vector(2)), SumsOf(s)];
        }

        /// <summary>What the targets of logits of that shape are.</summary>
        internal static TensorType TargetOf(Shape logits) => new(logits with { C = 1 }, ElementType.Int32);

        /// <summary>What the sums kept for the gradient are.</summary>
        internal static TensorType SumsOf(Shape logits) => TensorType.Wide(new(logits.N, 1, logits.C, 4));

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(12 * node.Inputs[0].Shape.Count, node.Inputs[0].Shape.Count + node.Inputs[1].Shape.Count);

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.Record(new SegmentationLossGradient(this), g.OutputGradient(), g.Input(0), g.Input(1), g.Output(2)).Outputs[0]);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.SegmentationLoss(this, node);
    }

    /// <summary>The gradient of <see cref="Ops.SegmentationLoss"/> with respect to the logits, from the sums its forward pass kept.</summary>
    internal sealed record SegmentationLossGradient(SegmentationLoss Loss) : Op
    {
        /// <inheritdoc/>
        public override string Name => "segmentation_loss_gradient";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(4);
            var logits = inputs.Float(1);
            inputs.Require(0, TensorType.Wide(Shape.Scalar));
            inputs.Require(2, SegmentationLoss.TargetOf(logits.Shape));
            inputs.Require(3, SegmentationLoss.SumsOf(logits.Shape));
            return [logits];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(16 * node.Outputs[0].Shape.Count, 2 * node.Outputs[0].Shape.Count + node.Inputs[2].Shape.Count);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.SegmentationLossGradient(this, node);
    }

    /// <summary>Records <see cref="Ops.SegmentationLoss"/>.</summary>
    public static class SegmentationLossRecording
    {
        /// <summary>The paper's loss.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="logits">(N, H, W, classes), classes ≥ 2.</param>
        /// <param name="target">(N, H, W, 1) integers: a class, or 255 to ignore the pixel.</param>
        /// <param name="locationWeight">α.</param>
        /// <param name="locationK">k, above 0.</param>
        /// <param name="classWeights">One weight per class, or null.</param>
        /// <param name="crossEntropyWeight">Factor of the cross-entropy.</param>
        /// <param name="acrossRanks">Whether it is the loss of the patches of all ranks of a training.</param>
        /// <returns>The loss, a scalar, and its parts (1, 1, 1, 2): cross-entropy and location loss, unweighted.</returns>
        /// <exception cref="ArgumentException">Target or weights do not fit the logits.</exception>
        public static (Value Loss, Value Parts) SegmentationLoss(this Tape tape, Value logits, Value target, double locationWeight = 0.5,
            double locationK = 5e-4, IReadOnlyList<double>? classWeights = null, double crossEntropyWeight = 1, bool acrossRanks = false)
        {
            var loss = new SegmentationLoss(crossEntropyWeight, locationWeight, locationK, classWeights ?? [], acrossRanks);
            var outputs = tape.Record(loss, logits, target).Outputs;
            return (outputs[0], outputs[1]);
        }
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>
        /// Inputs: logits, target. Outputs: loss; parts (cross-entropy, location); sums (N,1,C,4): |y∩P|, |y|, |P| per image and class, and the counted
        /// weight of the whole batch; across ranks the mean of their batches' weights.
        /// </summary>
        Kernel SegmentationLoss(Ops.SegmentationLoss op, Node node);

        /// <summary>Inputs: dloss, logits, target, sums. Outputs: dlogits.</summary>
        Kernel SegmentationLossGradient(Ops.SegmentationLossGradient op, Node node);
    }
}
