using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>The permutohedral lattice (Adams et al. 2010) of each picture of a batch: what <see cref="LatticeFilter"/> filters on. It has no gradient: bytes are not learned.</summary>
    /// <param name="Picture">The pictures' extents; the channels do not matter.</param>
    /// <param name="PositionSigma">Standard deviation in pixels.</param>
    /// <param name="ColourSigma">Standard deviation in levels of 8-bit colours; null: colours do not count.</param>
    public sealed record PermutohedralLattice(Shape Picture, double PositionSigma, double? ColourSigma) : Op
    {
        /// <inheritdoc/>
        public override string Name => "permutohedral_lattice";

        /// <inheritdoc/>
        public override Work Cost(Node node)
        {
            // Elevation, ranks and weights per pixel, then its own filter of ones.
            var corners = node.Outputs[0].Shape.C;
            return new((4 + corners) * corners * Picture.Pixels, Picture.Pixels * (3 + 2 * corners));
        }

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.PermutohedralLattice(this, node);
    }

    /// <summary>
    /// Gaussian filtering on a permutohedral lattice, normalised on both sides: y = D⁻¹ᐟ²·K·D⁻¹ᐟ²·x with D = K·1, where K splats pixels onto the
    /// lattice's vertices, blurs along each of its axes in turn, and slices. K is near exp(−|fᵢ − fⱼ|²/2) for features f in units of sigma, but for a factor.
    /// </summary>
    /// <param name="Reverse">Whether the axes are blurred last to first. Slicing is splatting transposed and each blur is symmetric, so that this is the transposed filter and hence the gradient.</param>
    public sealed record LatticeFilter(bool Reverse) : Op
    {
        /// <inheritdoc/>
        public override string Name => "lattice_filter";

        /// <inheritdoc/>
        public override Work Cost(Node node)
        {
            // How many vertices there are depends on the picture and is not counted.
            var (x, corners) = (node.Inputs[0].Shape, node.Inputs[1].Shape.C);
            return new(4L * corners * x.Count, 2 * x.Count + 4 * corners * x.Pixels);
        }

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.Record(new LatticeFilter(!Reverse), [g.OutputGradient(), .. g.Node.Inputs.Skip(1)], g.Input(0).Shape, g.Input(0).Type));

        /// <inheritdoc/>
        public override Kernel Compile(IBackend backend, Node node) => backend.LatticeFilter(this, node);
    }

    /// <summary>A lattice on the tape.</summary>
    /// <param name="Vertices">(N, H, W, d + 1) integers: the vertices of each pixel's simplex, numbered per picture.</param>
    /// <param name="Weights">(N, H, W, d + 1): the pixel's barycentric weights on them.</param>
    /// <param name="Neighbours">(N, H·W·(d + 1), d + 1, 2) integers: each vertex's neighbours along and against each axis, −1 for none. Only as many rows as there are vertices are filled.</param>
    /// <param name="Counts">(N, 1, 1, 1) integers: the number of vertices.</param>
    /// <param name="Scale">(N, H, W, 1): D⁻¹ᐟ².</param>
    public sealed record Lattice(Value Vertices, Value Weights, Value Neighbours, Value Counts, Value Scale);

    /// <summary>Records <see cref="Ops.PermutohedralLattice"/> and <see cref="Ops.LatticeFilter"/>.</summary>
    public static class LatticeFilterRecording
    {
        /// <summary>The lattice of positions alone.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="picture">Extents of what will be filtered; the channels do not matter.</param>
        /// <param name="sigma">Standard deviation in pixels.</param>
        /// <exception cref="EngineError">The sigma is too small for pictures of this size.</exception>
        public static Lattice PermutohedralLattice(this Tape tape, Shape picture, double sigma) => Record(tape, [], new(picture, sigma, null));

        /// <summary>The lattice of positions and colours: a bilateral filter's.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="colours">(N, H, W, 3) bytes.</param>
        /// <param name="positionSigma">Standard deviation in pixels.</param>
        /// <param name="colourSigma">Standard deviation in levels of colour.</param>
        /// <exception cref="ArgumentException">Not three bytes per pixel.</exception>
        /// <exception cref="EngineError">The sigmas are too small for pictures of this size.</exception>
        public static Lattice PermutohedralLattice(this Tape tape, Value colours, double positionSigma, double colourSigma) => colours is { Type: ElementType.UInt8, Shape.C: 3 }
            ? Record(tape, [colours], new(colours.Shape, positionSigma, colourSigma))
            : throw new ArgumentException($"lattice: three bytes per pixel wanted, not {colours.Type} {colours.Shape}");

        private static Lattice Record(Tape tape, Value[] inputs, PermutohedralLattice op)
        {
            var (s, corners) = (op.Picture, LatticeGeometry.Of(op.Picture, op.PositionSigma, op.ColourSigma).Corners);
            var outputs = tape.Record(op, inputs, (s with { C = corners }, ElementType.Int32), (s with { C = corners }, ElementType.Wide),
                (new(s.N, checked(s.H * s.W * corners), corners, 2), ElementType.Int32), (new(s.N, 1, 1, 1), ElementType.Int32), (s with { C = 1 }, ElementType.Wide)).Outputs;
            return new(outputs[0], outputs[1], outputs[2], outputs[3], outputs[4]);
        }

        /// <summary>Filters every channel of <paramref name="x"/> (N, H, W, C).</summary>
        /// <exception cref="ArgumentException">The lattice is of pictures of another size.</exception>
        public static Value LatticeFilter(this Tape tape, Value x, Lattice lattice) => lattice.Scale.Shape == x.Shape with { C = 1 }
            ? tape.Record(new LatticeFilter(Reverse: false), [x, lattice.Vertices, lattice.Weights, lattice.Neighbours, lattice.Counts, lattice.Scale], x.Shape, x.Type)
            : throw new ArgumentException($"lattice_filter: {x.Shape} does not fit a lattice of {lattice.Scale.Shape}");
    }
}

namespace Histoseg.Engine.Backends
{
    public partial interface IBackend
    {
        /// <summary>Inputs: [colours]. Outputs: vertices, weights, neighbours, counts, scale.</summary>
        Kernel PermutohedralLattice(Ops.PermutohedralLattice op, Node node);

        /// <summary>Inputs: x, vertices, weights, neighbours, counts, scale. Outputs: y.</summary>
        Kernel LatticeFilter(Ops.LatticeFilter op, Node node);
    }
}
