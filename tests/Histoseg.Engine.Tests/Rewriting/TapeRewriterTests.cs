using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Rewriting;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Backends;

namespace Histoseg.Engine.Tests.Rewriting;

public sealed class TapeRewriterTests : IDisposable
{
    private readonly CpuBackend _backend = new(threads: 2);

    public void Dispose() => _backend.Dispose();

    private static Value Weight(Tape tape, int outputs, ConvWindow window, int inputs, string name = "weight") =>
        tape.Parameter(name, new Shape(outputs, window.KernelH, window.KernelW, inputs));

    /// <summary>Records, rewrites, and compares what both tapes give in float64.</summary>
    /// <returns>The rewritten tape.</returns>
    private TapeRewriter Rewrite(Func<Tape, Value> record)
    {
        var plain = new Tape();
        var output = plain.Keep(record(plain));
        var rewriter = TapeRewriter.Rewrite(plain);
        using var before = _backend.Compile<double>(plain);
        using var after = _backend.Compile<double>(rewriter.Tape);
        before.FillAll(7);
        ParameterSet<double>.From(before).Cut(rewriter.Pieces, "test").CopyTo(after, "test");
        foreach (var input in plain.Values.Where(value => value.Kind == ValueKind.Input))
            before.Real(input).CopyTo(after.Real(rewriter[input]));
        before.Run();
        after.Run();
        var (expected, actual) = (before.Get(output), after.Get(rewriter[output]));
        var scale = expected.Max(Math.Abs);
        Assert.True(scale > 0.01);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-12 * scale));
        return rewriter;
    }

    private static Value Strided(Tape tape, Value x, ConvWindow first, ConvWindow point, Value? residual = null)
    {
        var made = tape.Conv2d(x, Weight(tape, 5, first, x.Shape.C, "first"), first, tape.VectorParameter("bias", 5), residual, relu: true);
        return tape.Conv2d(made, Weight(tape, 4, point, 5, "point"), point, relu: true);
    }

    [Theory]
    [InlineData(7, 2, 3, 18, 22)]
    [InlineData(7, 2, 3, 17, 21)]
    [InlineData(3, 1, 1, 9, 10)]
    [InlineData(2, 2, 0, 11, 8)]
    public void Pixels_that_a_stride_skips_are_not_made(int kernel, int stride, int padding, int height, int width)
    {
        var rewritten = Rewrite(tape => Strided(tape, tape.Input("x", new(2, height, width, 3)), ConvWindow.Square(kernel, stride, padding),
            ConvWindow.Square(1, stride: 2)));
        Assert.Equal(2, rewritten.Applied.Count);
        Assert.Equal(2 * stride, ((Conv2d)rewritten.Tape.Nodes[0].Op).Window.StrideH);
        Assert.Equal(1, ((Conv2d)rewritten.Tape.Nodes[1].Op).Window.StrideH);
    }

    [Fact]
    public void Strided_points_after_one_another_skip_together()
    {
        var rewritten = Rewrite(tape =>
        {
            var x = Strided(tape, tape.Input("x", new(1, 17, 19, 3)), ConvWindow.Square(3, 1, 1), ConvWindow.Square(1, stride: 2));
            return tape.Conv2d(x, Weight(tape, 2, ConvWindow.Square(1), 4, "last"), ConvWindow.Square(1, stride: 3));
        });
        Assert.Equal([2, 3, 1], rewritten.Tape.Nodes.Select(node => ((Conv2d)node.Op).Window.StrideH));
    }

    [Fact]
    public void Pixels_that_something_else_reads_are_made()
    {
        var (first, point) = (ConvWindow.Square(3, 1, 1), ConvWindow.Square(1, stride: 2));
        // Kept, read whole by another, of a residual that would be skipped too, or read by a kernel that has neighbours.
        Assert.Empty(Rewrite(tape =>
        {
            var y = Strided(tape, tape.Input("x", new(1, 8, 8, 3)), first, point);
            tape.Keep(tape.Nodes[0].Outputs[0]);
            return y;
        }).Applied);
        Assert.Empty(Rewrite(tape =>
        {
            var y = Strided(tape, tape.Input("x", new(1, 8, 8, 3)), first, point);
            return tape.Add(y, tape.MaxPool2d(tape.Conv2d(tape.Nodes[0].Outputs[0], Weight(tape, 4, first, 5, "other"), first), 2, 2).Maxima);
        }).Applied);
        Assert.Empty(Rewrite(tape => Strided(tape, tape.Input("x", new(1, 8, 8, 5)), first, point, residual: tape["x"])).Applied);
        Assert.Empty(Rewrite(tape => Strided(tape, tape.Input("x", new(1, 8, 8, 3)), first, ConvWindow.Square(3, 2, 1))).Applied);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void A_point_over_joined_maps_reads_each_where_it_is(bool bias, bool relu)
    {
        var rewritten = Rewrite(tape =>
        {
            Value[] parts = [tape.Input("a", new(2, 5, 7, 6)), tape.Input("b", new(2, 5, 7, 11)), tape.Input("c", new(2, 5, 7, 3))];
            return tape.Conv2d(tape.Concat(parts), Weight(tape, 3, ConvWindow.Square(1), 20), ConvWindow.Square(1),
                bias ? tape.VectorParameter("bias", 3) : null, relu: relu);
        });
        Assert.Single(rewritten.Applied);
        Assert.Equal(3, rewritten.Pieces.Count);
        Assert.All(rewritten.Tape.Nodes, node => Assert.IsType<Conv2d>(node.Op));
    }

    [Fact]
    public void The_same_map_joined_twice_is_read_twice() => Assert.Single(Rewrite(tape =>
    {
        var x = tape.Input("x", new(1, 4, 5, 8));
        return tape.Conv2d(tape.Concat(x, x), Weight(tape, 2, ConvWindow.Square(1), 16), ConvWindow.Square(1));
    }).Applied);

    [Fact]
    public void Joined_maps_stay_joined_where_it_would_not_pay_or_another_reads_them()
    {
        Assert.Empty(Rewrite(tape => tape.Conv2d(tape.Concat(tape.Input("a", new(1, 4, 5, 8)), tape.Input("b", new(1, 4, 5, 8))),
            Weight(tape, 17, ConvWindow.Square(1), 16), ConvWindow.Square(1))).Applied);
        Assert.Empty(Rewrite(tape =>
        {
            var joined = tape.Concat(tape.Input("a", new(1, 4, 5, 8)), tape.Input("b", new(1, 4, 5, 8)));
            return tape.Add(joined, tape.Conv2d(joined, Weight(tape, 16, ConvWindow.Square(1), 16), ConvWindow.Square(1)));
        }).Applied);
    }

    private static Value Pyramid(Tape tape, ConvWindow window, int height, int width, int sides)
    {
        var x = tape.Input("x", new(2, height, width, 6));
        Value[] parts =
        [
            tape.BilinearResize(tape.Input("p1", new(2, 1, 1, 4)), height, width), x,
            tape.BilinearResize(tape.Input("p2", new(2, sides, sides, 5)), height, width),
        ];
        return tape.ConvTranspose2d(tape.Concat(parts), tape.Parameter("weight", new(15, window.KernelH, window.KernelW, 7)), window,
            window.StrideH * height, window.StrideW * width, tape.VectorParameter("bias", 7), relu: true);
    }

    [Theory]
    [InlineData(3, 2, 1, 9, 8)]
    [InlineData(2, 2, 0, 6, 7)]
    [InlineData(4, 2, 1, 7, 6)]
    [InlineData(3, 1, 1, 8, 9)]
    public void Small_maps_are_multiplied_before_they_are_enlarged(int kernel, int stride, int padding, int height, int width)
    {
        var rewritten = Rewrite(tape => Pyramid(tape, ConvWindow.Square(kernel, stride, padding), height, width, sides: 2));
        Assert.Single(rewritten.Applied);
        Assert.DoesNotContain(rewritten.Tape.Nodes, node => node.Op is Concat or BilinearResize);
        Assert.Equal(2, rewritten.Tape.Nodes.Count(node => node.Op is ResizedTaps));
    }

    [Fact]
    public void Maps_that_are_hardly_enlarged_are_multiplied_afterwards()
    {
        // Of 5×5 pixels made 8×8. Two of the three parts would stay then, which the rule is not for.
        var rewritten = Rewrite(tape => Pyramid(tape, ConvWindow.Square(3, 2, 1), 8, 8, sides: 5));
        Assert.Empty(rewritten.Applied);
        Assert.Contains(rewritten.Tape.Nodes, node => node.Op is Concat);
    }

    [Theory]
    [InlineData(3, 1, 12, 30)]
    [InlineData(2, 0, 9, 26)]
    public void A_map_for_a_point_alone_is_made_on_the_way(int kernel, int padding, int height, int width)
    {
        var window = ConvWindow.Square(kernel, 2, padding);
        Value Map(Tape tape, string name, int inputs, int channels) => tape.ConvTranspose2d(tape.Input(name, new(2, height, width, inputs)),
            tape.Parameter($"{name}.weight", new(inputs, kernel, kernel, channels)), window, 2 * height, 2 * width,
            tape.VectorParameter($"{name}.bias", channels), relu: true);
        var rewritten = Rewrite(tape => tape.Conv2d(tape.Concat(Map(tape, "a", 6, 8), Map(tape, "b", 3, 12)), Weight(tape, 2, ConvWindow.Square(1), 20, "head"),
            ConvWindow.Square(1), tape.VectorParameter("bias", 2)));
        Assert.Equal(3, rewritten.Applied.Count);
        Assert.All(rewritten.Tape.Nodes, node => Assert.IsType<ProjectedConvTranspose2d>(node.Op));
    }

    [Fact]
    public void A_map_that_another_reads_or_that_goes_to_many_channels_is_made()
    {
        var window = ConvWindow.Square(2, 2);
        Value Map(Tape tape) => tape.ConvTranspose2d(tape.Input("x", new(1, 4, 5, 3)), tape.Parameter("weight", new(3, 2, 2, 6)), window, 8, 10);
        Assert.Empty(Rewrite(tape => tape.Conv2d(Map(tape), Weight(tape, 9, ConvWindow.Square(1), 6, "point"), ConvWindow.Square(1))).Applied);
        Assert.Empty(Rewrite(tape => Map(tape) is var map
            ? tape.Conv2d(tape.Add(map, tape.Conv2d(map, Weight(tape, 6, ConvWindow.Square(1), 6, "point"), ConvWindow.Square(1))),
                Weight(tape, 2, ConvWindow.Square(3), 6, "last"), ConvWindow.Square(3)) : map).Applied);
    }

    [Fact]
    public void A_piece_of_weights_of_another_network_is_refused_by_the_name_of_the_whole()
    {
        var tape = new Tape();
        var joined = tape.Concat(tape.Input("a", new(1, 4, 5, 8)), tape.Input("b", new(1, 4, 5, 8)));
        tape.Keep(tape.Conv2d(joined, Weight(tape, 2, ConvWindow.Square(1), 16, "head.weight"), ConvWindow.Square(1)));
        var weights = new ParameterSet<float>();
        weights.Add("head.weight", [3, 16, 1, 1], new float[48]);
        var error = Assert.Throws<EngineError>(() => weights.Cut(TapeRewriter.Rewrite(tape).Pieces, "model"));
        Assert.Contains("'head.weight' is [3, 16, 1, 1] and the network needs [2, 16, 1, 1]", error.Message);
    }
}
