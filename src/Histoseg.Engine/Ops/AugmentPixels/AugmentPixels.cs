using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// Turns square pictures and their labels, changes the colours by an affine map of optical densities, and blurs them: what training varies, on the
    /// device. It has no gradient.
    /// </summary>
    /// <remarks>
    /// Each picture has a row of <see cref="RowLength"/> numbers. Number 0 is the symmetry 0…7: bit 0 mirrors left and right, bit 1 top and
    /// bottom, bit 2 swaps rows and columns after the mirrors. Three groups of four follow, for red, green and blue: the colour's new density
    /// is the sum of the old red, green and blue densities times the first three, plus the fourth; its fraction is cut off. Last come the
    /// blur's weights of the pixel itself and of those 1, 2, … Reach away, along rows and then along columns; the rim is repeated outwards.
    /// All arithmetic is float32, each product and sum rounded by itself, in every number type, so that all backends give the same bytes.
    /// </remarks>
    /// <param name="Density">The density of each of the 256 values of a byte.</param>
    /// <param name="Light">The value of each density 0, 1, …; densities beyond the ends take the end's.</param>
    /// <param name="Reach">0 … <see cref="MostReach"/>.</param>
    public sealed record AugmentPixels(IReadOnlyList<float> Density, IReadOnlyList<byte> Light, int Reach) : Op
    {
        /// <summary>The farthest a blur can reach, pixels.</summary>
        public const int MostReach = 16;

        /// <summary>Where a row's blur weights begin.</summary>
        internal const int WeightsAt = 13;

        /// <inheritdoc/>
        public override string Name => "augment_pixels";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(3);
            var (colours, labels, rows) = (inputs[0], inputs[1], inputs[2]);
            var s = colours.Shape;
            if (colours.Type != ElementType.UInt8 || s.C != 3 || s.H != s.W)
                throw new ArgumentException($"augment pixels: square pictures of three bytes per pixel wanted, not {colours}");
            if (labels != colours.WithChannels(1))
                throw new ArgumentException($"augment pixels: labels of one byte {s with { C = 1 }} wanted, not {labels}");
            if (rows != TensorType.Wide(new(s.N, 1, 1, RowLength(Reach))) || Reach is < 0 or > MostReach)
                throw new ArgumentException($"augment pixels: {s.N} rows of {RowLength(0)} to {RowLength(MostReach)} wide numbers wanted, not {rows}");
            if (Density.Count != 256 || Light.Count == 0)
                throw new ArgumentException($"augment pixels: {Density.Count} densities for 256 values, {Light.Count} values");
            return [colours, new(s with { C = 1 }, ElementType.Int32)];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node) =>
            new(node.Inputs[0].Shape.Count * (7 + 4 * (2 * Reach + 1)), 2 * (node.Inputs[0].Shape.Count + node.Inputs[1].Shape.Count));

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.AugmentPixels(this, node);

        /// <summary>Numbers per picture for blurs that reach so far.</summary>
        public static int RowLength(int reach) => WeightsAt + reach + 1;
    }

    /// <summary>Records <see cref="Ops.AugmentPixels"/>.</summary>
    public static class AugmentPixelsRecording
    {
        /// <summary>Turned, coloured and blurred pictures, and their labels turned alike.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="colours">(N, S, S, 3) bytes.</param>
        /// <param name="labels">(N, S, S, 1) bytes.</param>
        /// <param name="rows">(N, 1, 1, <see cref="AugmentPixels.RowLength"/>) wide numbers, a row per picture.</param>
        /// <param name="density">The density of each of the 256 values of a byte.</param>
        /// <param name="light">The value of each density 0, 1, ….</param>
        /// <returns>The pictures (N, S, S, 3), bytes, and the labels (N, S, S, 1), integers as losses take them.</returns>
        /// <exception cref="ArgumentException">A shape or type is another.</exception>
        public static (Value Colours, Value Labels) AugmentPixels(
            this Tape tape, Value colours, Value labels, Value rows, IReadOnlyList<float> density, IReadOnlyList<byte> light)
        {
            var reach = rows.Shape.C - Ops.AugmentPixels.RowLength(0);
            var outputs = tape.Record(new AugmentPixels(density, light, reach), colours, labels, rows).Outputs;
            return (outputs[0], outputs[1]);
        }
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: colours, labels, rows. Outputs: colours (bytes), labels (integers).</summary>
        Kernel AugmentPixels(Ops.AugmentPixels op, Node node);
    }
}
