using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>The sum over all pixels of each channel: the gradient of a bias.</summary>
    internal sealed record ChannelSum : Op
    {
        /// <inheritdoc/>
        public override string Name => "channel_sum";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            return [TensorType.Wide(Shape.Vector(inputs.Float(0).Shape.C))];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(node.Inputs[0].Shape.Count, node.Inputs[0].Shape.Count);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.ChannelSum(this, node);
    }

    internal static class ChannelSumRecording
    {
        public static Value ChannelSum(this Tape tape, Value x) => tape.Record(new ChannelSum(), x).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x (N,H,W,C). Outputs: y (1,1,1,C) ← Σ over N, H, W of x.</summary>
        Kernel ChannelSum(Ops.ChannelSum op, Node node);
    }
}
