using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;

namespace Histoseg.Engine.Ops
{
    /// <summary>Joins tensors along the channels (PyTorch <c>cat</c> with dim 1 of NCHW).</summary>
    public sealed record Concat : Op
    {
        /// <inheritdoc/>
        public override string Name => "concat";

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
        public override Kernel Compile(IBackend backend, Node node) => backend.Concat(this, node);
    }

    /// <summary>The channels First … First + Count − 1 of a tensor (PyTorch <c>narrow</c>).</summary>
    public sealed record ChannelSlice(int First, int Count) : Op
    {
        /// <inheritdoc/>
        public override string Name => "channel_slice";

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.ChannelSlice(this, node);
    }

    /// <summary>Records <see cref="Ops.Concat"/>.</summary>
    public static class ConcatRecording
    {
        /// <summary>The channels of all <paramref name="parts"/> in order; every part (N, H, W, Cᵢ) with one N, H, W.</summary>
        /// <exception cref="ArgumentException">N, H or W differ.</exception>
        public static Value Concat(this Tape tape, params Value[] parts)
        {
            var s = parts[0].Shape;
            if (parts.FirstOrDefault(p => p.Shape with { C = s.C } != s) is { } odd)
                throw new ArgumentException($"concat: shapes {s} and {odd.Shape} differ beyond their channels");
            return tape.Record(new Concat(), parts, s with { C = parts.Sum(p => p.Shape.C) });
        }

        internal static Value ChannelSlice(this Tape tape, Value x, int first, int count) =>
            tape.Record(new ChannelSlice(first, count), [x], x.Shape with { C = count });
    }
}

namespace Histoseg.Engine.Backends
{
    public partial interface IBackend
    {
        /// <summary>Inputs: x₀ … xₙ. Outputs: y ← their channels one after another.</summary>
        Kernel Concat(Ops.Concat op, Node node);

        /// <summary>Inputs: x. Outputs: y ← channels First … First + Count − 1 of x.</summary>
        Kernel ChannelSlice(Ops.ChannelSlice op, Node node);
    }
}
