using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>Joins tensors along the channels (PyTorch <c>cat</c> with dim 1 of NCHW).</summary>
    public sealed record Concat : Op
    {
        /// <inheritdoc/>
        public override string Name => "concat";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            if (inputs.Count == 0)
                throw new ArgumentException("concat: at least one part is needed");
            var (first, channels) = (inputs.Float(0), 0);
            for (var i = 0; i < inputs.Count; i++)
            {
                if (inputs[i].WithChannels(first.Shape.C) != first)
                    throw new ArgumentException($"concat: {first} and {inputs[i]} differ beyond their channels");
                channels += inputs[i].Shape.C;
            }
            return [first.WithChannels(channels)];
        }

        /// <inheritdoc/>
        public override void Gradient(GradientContext g)
        {
            var first = 0;
            for (var i = 0; i < g.Node.Inputs.Count; i++)
            {
                var channels = g.Input(i).Shape.C;
                if (g.Wants(i))
                    g.Add(i, g.Tape.ChannelSlice(g.OutputGradient(), first, channels));
                first += channels;
            }
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.Concat(this, node);
    }

    /// <summary>The channels First … First + Count − 1 of a tensor (PyTorch <c>narrow</c>).</summary>
    internal sealed record ChannelSlice(int First, int Count) : Op
    {
        /// <inheritdoc/>
        public override string Name => "channel_slice";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            var x = inputs.Float(0);
            return First >= 0 && Count > 0 && First + Count <= x.Shape.C
                ? [x.WithChannels(Count)]
                : throw new ArgumentException($"channel_slice: {x} has no {Count} channels from {First} on");
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(0, 2 * node.Outputs[0].Shape.Count);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.ChannelSlice(this, node);
    }

    /// <summary>Records <see cref="Ops.Concat"/>.</summary>
    public static class ConcatRecording
    {
        /// <summary>The channels of all <paramref name="parts"/> in order; every part (N, H, W, Cᵢ) with one N, H, W and element type.</summary>
        /// <exception cref="ArgumentException">There are no parts, or N, H, W or types differ.</exception>
        public static Value Concat(this Tape tape, params Value[] parts) => tape.Record(new Concat(), parts).Outputs[0];

        internal static Value ChannelSlice(this Tape tape, Value x, int first, int count) => tape.Record(new ChannelSlice(first, count), x).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: x₀ … xₙ. Outputs: y ← their channels one after another.</summary>
        Kernel Concat(Ops.Concat op, Node node);

        /// <summary>Inputs: x. Outputs: y ← channels First … First + Count − 1 of x.</summary>
        Kernel ChannelSlice(Ops.ChannelSlice op, Node node);
    }
}
