using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Ops
{
    /// <summary>
    /// The permutohedral lattice (Adams et al. 2010) of each picture of a batch: what <see cref="LatticeFilter"/> filters on. It has no gradient: bytes are
    /// not learned.
    /// </summary>
    /// <param name="Picture">The pictures' extents; the channels do not matter.</param>
    /// <param name="PositionSigma">Standard deviation in pixels.</param>
    /// <param name="ColourSigma">Standard deviation in levels of 8-bit colours; null: colours do not count.</param>
    public sealed record PermutohedralLattice(Shape Picture, double PositionSigma, double? ColourSigma) : Op
    {
        /// <inheritdoc/>
        public override string Name => "permutohedral_lattice";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(ColourSigma is null ? 0 : 1);
            if (ColourSigma is not null && inputs[0] != new TensorType(Picture with { C = 3 }, ElementType.UInt8))
                throw new ArgumentException($"lattice: three bytes per pixel of {Picture} wanted, not {inputs[0]}");
            return PartsOf(Picture, LatticeGeometry.Of(Picture, PositionSigma, ColourSigma).Corners);
        }

        /// <summary>What a lattice consists of: vertices, weights, neighbours, counts and scale.</summary>
        /// <param name="picture">The pictures' extents.</param>
        /// <param name="corners">Vertices of a simplex.</param>
        internal static TensorType[] PartsOf(Shape picture, int corners) =>
        [
            new(picture with { C = corners }, ElementType.Int32),
            TensorType.Wide(picture with { C = corners }),
            new(new(picture.N, checked(picture.H * picture.W * corners), corners, 2), ElementType.Int32),
            new(new(picture.N, 1, 1, 1), ElementType.Int32),
            TensorType.Wide(picture with { C = 1 }),
        ];

        /// <inheritdoc/>
        public override Work Cost(Node node)
        {
            // Elevation, ranks and weights per pixel, then its own filter of ones.
            var corners = node.Outputs[0].Shape.C;
            return new((4 + corners) * corners * Picture.Pixels, Picture.Pixels * (3 + 2 * corners));
        }

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.PermutohedralLattice(this, node);
    }

    /// <summary>
    /// Gaussian filtering on a permutohedral lattice, normalised on both sides: y = D⁻¹ᐟ²·K·D⁻¹ᐟ²·x with D = K·1, where K splats pixels onto the
    /// lattice's vertices, blurs along each of its axes in turn, and slices. K is near exp(−|fᵢ − fⱼ|²/2) for features f in units of sigma, but for a factor.
    /// </summary>
    /// <param name="Reverse">Whether the axes are blurred last to first. Slicing is splatting transposed and each blur is symmetric, so that this is the
    /// transposed filter and hence the gradient.</param>
    public sealed record LatticeFilter(bool Reverse) : Op
    {
        /// <inheritdoc/>
        public override string Name => "lattice_filter";

        /// <inheritdoc/>
        public override IReadOnlyList<TensorType> Infer(Operands inputs)
        {
            inputs.RequireCount(6);
            var (x, scale) = (inputs.Float(0), inputs[5].Shape);
            if (scale != x.Shape with { C = 1 })
                throw new ArgumentException($"lattice_filter: {x.Shape} does not fit a lattice of {scale}");
            var parts = PermutohedralLattice.PartsOf(x.Shape, inputs[1].Shape.C);
            for (var i = 0; i < parts.Length; i++)
                inputs.Require(i + 1, parts[i]);
            return [x];
        }

        /// <inheritdoc/>
        public override Work Cost(Node node)
        {
            // How many vertices there are depends on the picture and is not counted.
            var (x, corners) = (node.Inputs[0].Shape, node.Inputs[1].Shape.C);
            return new(4L * corners * x.Count, 2 * x.Count + 4 * corners * x.Pixels);
        }

        /// <inheritdoc/>
        public override void Gradient(GradientContext g) =>
            g.Add(0, g.Tape.Record(new LatticeFilter(!Reverse), [g.OutputGradient(), .. g.Node.Inputs.Skip(1)]).Outputs[0]);

        /// <inheritdoc/>
        internal override Kernel Compile(IKernels backend, Node node) => backend.LatticeFilter(this, node);
    }

    /// <summary>A lattice on the tape.</summary>
    /// <param name="Vertices">(N, H, W, d + 1) integers: the vertices of each pixel's simplex, numbered per picture.</param>
    /// <param name="Weights">(N, H, W, d + 1): the pixel's barycentric weights on them.</param>
    /// <param name="Neighbours">(N, H·W·(d + 1), d + 1, 2) integers: each vertex's neighbours along and against each axis, −1 for none. Only as many rows
    /// as there are vertices are filled.</param>
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
        public static Lattice PermutohedralLattice(this Tape tape, Shape picture, double sigma) => Record(tape, new(picture, sigma, null));

        /// <summary>The lattice of positions and colours: a bilateral filter's.</summary>
        /// <param name="tape">The tape.</param>
        /// <param name="colours">(N, H, W, 3) bytes.</param>
        /// <param name="positionSigma">Standard deviation in pixels.</param>
        /// <param name="colourSigma">Standard deviation in levels of colour.</param>
        /// <exception cref="ArgumentException">Not three bytes per pixel.</exception>
        /// <exception cref="EngineError">The sigmas are too small for pictures of this size.</exception>
        public static Lattice PermutohedralLattice(this Tape tape, Value colours, double positionSigma, double colourSigma) =>
            Record(tape, new(colours.Shape, positionSigma, colourSigma), colours);

        private static Lattice Record(Tape tape, PermutohedralLattice op, params Value[] inputs)
        {
            var outputs = tape.Record(op, inputs).Outputs;
            return new(outputs[0], outputs[1], outputs[2], outputs[3], outputs[4]);
        }

        /// <summary>Filters every channel of <paramref name="x"/> (N, H, W, C).</summary>
        /// <exception cref="ArgumentException">The lattice is of pictures of another size.</exception>
        public static Value LatticeFilter(this Tape tape, Value x, Lattice lattice) =>
            tape.Record(new LatticeFilter(Reverse: false), x, lattice.Vertices, lattice.Weights, lattice.Neighbours, lattice.Counts, lattice.Scale).Outputs[0];
    }
}

namespace Histoseg.Engine.Backends
{
    internal partial interface IKernels
    {
        /// <summary>Inputs: [colours]. Outputs: vertices, weights, neighbours, counts, scale.</summary>
        Kernel PermutohedralLattice(Ops.PermutohedralLattice op, Node node);

        /// <summary>Inputs: x, vertices, weights, neighbours, counts, scale. Outputs: y.</summary>
        Kernel LatticeFilter(Ops.LatticeFilter op, Node node);
    }
}
