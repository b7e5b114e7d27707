using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Backends;

namespace Histoseg.Engine.Tests.Ops;

/// <summary>The lattice filter against the Gaussian sums it stands for, and what holds exactly.</summary>
public sealed class LatticeFilterTests : IDisposable
{
    private readonly CpuBackend _backend = new(threads: 2);

    public void Dispose() => _backend.Dispose();

    /// <summary>A filter and its transpose on one lattice, run once.</summary>
    private sealed class Filtered : IDisposable
    {
        public Filtered(CpuBackend backend, Shape shape, double position, double? colour, Func<int, int, int, double> colours, double[]? numbers = null)
        {
            var tape = new Tape();
            X = tape.Input("x", shape);
            var bytes = tape.Input("colours", shape with { C = 3 }, ElementType.UInt8);
            Lattice = colour is { } sigma ? tape.PermutohedralLattice(bytes, position, sigma) : tape.PermutohedralLattice(shape, position);
            Y = tape.Keep(tape.LatticeFilter(X, Lattice));
            Value[] inputs = [X, Lattice.Vertices, Lattice.Weights, Lattice.Neighbours, Lattice.Counts, Lattice.Scale];
            Transposed = tape.Keep(tape.Record(new LatticeFilter(Reverse: true), inputs).Outputs[0]);
            foreach (var value in inputs[1..])
                tape.Keep(value);
            Program = backend.Compile<double>(tape);
            Program.Write(bytes,
                [.. from p in Enumerable.Range(0, (int)shape.Pixels) from c in Enumerable.Range(0, 3) select Level(colours(p % shape.W, p / shape.W, c))]);
            Program.Set(X, numbers ?? Numbers.Draw(5, shape.Count));
            Program.Run();
        }

        public CpuProgram<double> Program { get; }
        public Value X { get; }
        public Value Y { get; }
        public Value Transposed { get; }
        public Lattice Lattice { get; }

        public static byte Level(double colour) => (byte)Math.Clamp(Math.Round(colour), 0, 255);

        public void Dispose() => Program.Dispose();
    }

    /// <summary>Two stains side by side with a slanted edge, each shaded.</summary>
    private static double Tissue(int x, int y, int c) =>
        (2 * x + y < 40 ? new[] { 190, 90, 160 } : [225, 180, 205])[c] + 12 * Math.Sin(0.4 * x + c) + 8 * Math.Cos(0.5 * y);

    // A kernel that is piecewise linear along each axis stands for the Gaussian, and nothing passes through vertices that no pixel touches: that leaves 1.5
    // and 2.8 % with positions alone and 4.7 % with colours. A Gaussian whose sigmas are a quarter larger is clearly farther off, so the width is the right
    // one.
    [Theory]
    [InlineData(3.0, null, 0.03)]
    [InlineData(6.0, null, 0.04)]
    [InlineData(8.0, 20.0, 0.06)]
    [InlineData(20.0, 40.0, 0.06)]
    public void Is_near_the_normalised_Gaussian_sum(double position, double? colour, double tolerance)
    {
        var shape = new Shape(1, 27, 30, 2);
        double[] masks = [.. Enumerable.Range(0, (int)shape.Pixels).SelectMany(p => Masks(p % shape.W, p / shape.W))];
        using var filtered = new Filtered(_backend, shape, position, colour, Tissue, masks);
        var (x, actual) = (filtered.Program.Get(filtered.X), filtered.Program.Get(filtered.Y));
        double Error(double factor)
        {
            var expected = GaussianSums(shape, factor * position, factor * colour, x);
            return Numbers.Norm(Numbers.Combine(1, actual, -1, expected)) / Numbers.Norm(expected);
        }
        Assert.InRange(Error(1), 0, tolerance);
        Assert.True(Error(1.25) > 1.2 * Error(1), $"{Error(1)} {Error(1.25)}");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(30.0)]
    public void Reversed_axes_give_the_transposed_filter(double? colour)
    {
        var shape = new Shape(2, 9, 11, 3);
        var (x, y) = (Numbers.Draw(1, shape.Count), Numbers.Draw(2, shape.Count));
        using var first = new Filtered(_backend, shape, 4, colour, Tissue, x);
        using var second = new Filtered(_backend, shape, 4, colour, Tissue, y);
        var (forward, transposed) = (Numbers.Dot(y, first.Program.Get(first.Y)), Numbers.Dot(second.Program.Get(second.Transposed), x));
        Assert.Equal(forward, transposed, 1e-12 * Numbers.Norm(x) * Numbers.Norm(y));
        if (colour is not null)
            Assert.NotEqual(forward, Numbers.Dot(second.Program.Get(second.Y), x), 1e-9); // so that the order is seen to matter
    }

    // D⁻¹ᐟ²·K·D⁻¹ᐟ² applied to D¹ᐟ² is D⁻¹ᐟ²·K·1 = D¹ᐟ².
    [Theory]
    [InlineData(null)]
    [InlineData(30.0)]
    public void What_balances_the_normalisation_stays_as_it_is(double? colour)
    {
        var shape = new Shape(2, 10, 8, 1);
        using var filtered = new Filtered(_backend, shape, 5, colour, Tissue);
        double[] root = [.. filtered.Program.Get(filtered.Lattice.Scale).Select(scale => 1 / scale)];
        filtered.Program.Set(filtered.X, root);
        filtered.Program.Run();
        Assert.InRange(Numbers.Norm(Numbers.Combine(1, filtered.Program.Get(filtered.Y), -1, root)) / Numbers.Norm(root), 0, 1e-14);
    }

    [Fact]
    public void A_flat_picture_is_smoothed_by_position_alone_and_an_edge_of_colour_is_not_crossed()
    {
        var shape = new Shape(1, 8, 32, 1);
        double[] step = [.. Enumerable.Range(0, (int)shape.Pixels).Select(p => p % 32 < 16 ? 1.0 : 0)];
        double AcrossTheStep(Func<int, int, int, double> colours)
        {
            using var filtered = new Filtered(_backend, shape, 6, 10, colours, step);
            return filtered.Program.Get(filtered.Y)[4 * 32 + 17];
        }
        Assert.InRange(AcrossTheStep((_, _, _) => 128), 0.3, 0.5);
        Assert.InRange(AcrossTheStep((x, _, _) => x < 16 ? 200 : 100), 0, 1e-9);
    }

    [Theory]
    [InlineData(null, 3)]
    [InlineData(25.0, 6)]
    public void Every_pixel_lies_between_its_vertices_and_neighbours_are_mutual(double? colour, int corners)
    {
        var shape = new Shape(2, 12, 9, 1);
        using var filtered = new Filtered(_backend, shape, 3, colour, Tissue);
        var (program, lattice) = (filtered.Program, filtered.Lattice);
        Assert.Equal(corners, lattice.Vertices.Shape.C);
        foreach (var weights in program.Get(lattice.Weights).Chunk(corners))
        {
            Assert.Equal(1, weights.Sum(), 14);
            Assert.All(weights, weight => Assert.InRange(weight, 0, 1));
        }
        var (vertices, neighbours, links) = (program.Integers(lattice.Vertices).ToArray(), program.Integers(lattice.Neighbours).ToArray(), 0);
        for (var n = 0; n < shape.N; n++)
        {
            var count = program.Integers(lattice.Counts)[n];
            var seen = vertices.AsSpan(n * 12 * 9 * corners, 12 * 9 * corners).ToArray();
            Assert.Equal(Enumerable.Range(0, count), seen.Distinct().Order());
            int Neighbour(int vertex, int axis, int side) => neighbours[((n * 12 * 9 * corners + vertex) * corners + axis) * 2 + side];
            for (var vertex = 0; vertex < count; vertex++)
                for (var axis = 0; axis < corners; axis++)
                    for (var side = 0; side < 2; side++)
                        if (Neighbour(vertex, axis, side) is >= 0 and var other)
                        {
                            links++;
                            Assert.Equal(vertex, Neighbour(other, axis, 1 - side));
                        }
        }
        Assert.True(links > 0);
    }

    [Theory]
    [InlineData(0, null, "not above 0")]
    [InlineData(double.NaN, null, "not above 0")]
    [InlineData(0.01, null, "too small")]
    [InlineData(100, 0.01, "too small")]
    public void A_sigma_that_no_key_can_tell_is_refused(double position, double? colour, string told)
    {
        var tape = new Tape();
        var colours = tape.Input("colours", new Shape(1, 512, 512, 3), ElementType.UInt8);
        var error = Assert.Throws<EngineError>(() => colour is { } sigma ? tape.PermutohedralLattice(colours, position, sigma)
            : tape.PermutohedralLattice(colours.Shape, position));
        Assert.Contains(told, error.Message);
    }

    // At the smallest sigmas that are taken the keys of all four corners of a picture are still right.
    [Fact]
    public void The_smallest_sigmas_still_fit()
    {
        var geometry = LatticeGeometry.Of(new Shape(1, 4096, 4096, 3), 3, 0.5);
        var (keys, nearness) = (new ulong[6], new int[6]);
        foreach (var (x, y, colour) in new[] { (0, 0, 0), (4095, 0, 255), (0, 4095, 0), (4095, 4095, 255), (4095, 0, 0), (0, 4095, 255) })
        {
            geometry.Simplex([x, y, colour, 255 - colour, colour], keys, nearness);
            Assert.Equal(geometry.Period, nearness.Sum());
            Assert.All(nearness, near => Assert.InRange(near, 0, geometry.Period));
            foreach (var key in keys)
                for (var axis = 0; axis < 6; axis++)
                    Assert.Equal(key, geometry.Neighbour(geometry.Neighbour(key, axis, true), axis, false));
        }
        Assert.Throws<EngineError>(() => LatticeGeometry.Of(new Shape(1, 4096, 4096, 3), 1, 0.5));
    }

    /// <summary>A half plane and a disc: what masks look like.</summary>
    private static double[] Masks(int x, int y) => [x + 2 * y < 40 ? 1 : 0, (x - 12) * (x - 12) + (y - 14) * (y - 14) < 60 ? 1 : 0];

    private static double[] GaussianSums(Shape shape, double position, double? colour, double[] x)
    {
        var pixels = (int)shape.Pixels;
        var levels = Enumerable.Range(0, pixels)
            .Select(p => Enumerable.Range(0, 3).Select(c => (double)Filtered.Level(Tissue(p % shape.W, p / shape.W, c))).ToArray()).ToArray();
        double Near(int i, int j)
        {
            double Square(double v) => v * v;
            var squares = (Square(i % shape.W - j % shape.W) + Square(i / shape.W - j / shape.W)) / Square(position);
            for (var c = 0; c < 3 && colour is not null; c++)
                squares += Square(levels[i][c] - levels[j][c]) / Square(colour.Value);
            return Math.Exp(-squares / 2);
        }
        var kernel = new double[pixels, pixels];
        var scale = new double[pixels];
        for (var i = 0; i < pixels; i++)
            for (var j = 0; j < pixels; j++)
                scale[i] += kernel[i, j] = Near(i, j);
        var y = new double[x.Length];
        for (var i = 0; i < pixels; i++)
            for (var j = 0; j < pixels; j++)
                for (var c = 0; c < shape.C; c++)
                    y[i * shape.C + c] += kernel[i, j] * x[j * shape.C + c] / Math.Sqrt(scale[i] * scale[j]);
        return y;
    }
}
