using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// 8-bit colours as a network's input: (value/255 − mean)/deviation per channel, computed as value·scale + shift. It has no gradient: bytes are not
    /// learned.
    /// </summary>
    /// <param name="Mean">One mean per channel, in 0…1.</param>
    /// <param name="Deviation">One deviation per channel, above 0.</param>
    public sealed record NormalisePixels(IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation) : Op
    {
        /// <inheritdoc/>
        public override string Name => "normalise_pixels";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(1);
            if (inputs[0] is not { Type: ElementType.UInt8, Shape.C: 3 })
                throw new ArgumentException($"normalise pixels: three bytes per pixel wanted, not {inputs[0]}");
            if (Mean.Count != 3 || Deviation.Count != 3)
                throw new ArgumentException($"normalise pixels: {Mean.Count} means and {Deviation.Count} deviations for 3 channels");
            return [TensorType.Real(inputs[0].Shape)];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) => new(2 * node.Outputs[0].Shape.Count, 2 * node.Outputs[0].Shape.Count);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.NormalisePixels(this, node);

        /// <summary>1/(255·deviation) per channel.</summary>
        internal double[] Scale => [.. Deviation.Select(d => 1 / (255 * d))];

        /// <summary>−mean/deviation per channel.</summary>
        internal double[] Shift => [.. Mean.Zip(Deviation, (m, d) => -m / d)];
    }

    /// <summary>Records <see cref="Ops.NormalisePixels"/>.</summary>
    public static class NormalisePixelsRecording
    {
        /// <summary>(value/255 − mean)/deviation per channel.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="colours">(N, H, W, 3) bytes.</param>
        /// <param name="mean">Three means in 0…1, in the order red, green, blue.</param>
        /// <param name="deviation">Three deviations, above 0.</param>
        /// <exception cref="ArgumentException">Not three channels of bytes, or not three means and deviations.</exception>
        public static Value NormalisePixels(this Tape tape, Value colours, IReadOnlyList<double> mean, IReadOnlyList<double> deviation) =>
            tape.Record(new NormalisePixels(mean, deviation), colours).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: colours (N,H,W,3) bytes. Outputs: y ← colours·scale + shift per channel.</summary>
        Kernel NormalisePixels(Ops.NormalisePixels op, Node node);
    }
}
