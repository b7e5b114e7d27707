using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Rewriting;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Backends;

namespace Histoseg.Engine.Tests.Rewriting;

public sealed class TapeQuantiserTests
{
    private static readonly ConvWindow _window = ConvWindow.Square(3, padding: 1);

    private static Value Conv(Tape tape, Value x, string name, int outputs, Value? residual = null, bool relu = true) =>
        tape.Conv2d(x, tape.Parameter(name, new Shape(outputs, 3, 3, x.Shape.C)), _window, tape.VectorParameter($"{name}.bias", outputs), residual, relu);

    /// <summary>Quantises all it can, with ranges that hold all numbers of a run, and compares what both tapes give.</summary>
    /// <returns>The quantised tape, and how far it is off on average, in shares of the largest number.</returns>
    private static (Tape Tape, double Error) Quantise(Func<Tape, Value> record)
    {
        var plain = new Tape();
        var output = plain.Keep(record(plain));
        var axes = TapeQuantiser.Candidates(plain, []);
        var inputs = TapeQuantiser.InputsOf(plain, axes.Keys);
        foreach (var value in inputs.Values)
            plain.Keep(value);
        using var backend = new CpuBackend(threads: 2);
        using var before = backend.Compile<float>(plain);
        before.FillAll(7);
        before.Run();
        var layers = inputs.ToDictionary(input => input.Key,
            input => new QuantisedLayer(Quantisation.Of(before.Read(input.Value).Min(), before.Read(input.Value).Max()), axes[input.Key]));
        foreach (var value in inputs.Values)
            value.Kept = value == output;
        var quantiser = new TapeQuantiser(plain, layers, []);
        using var after = backend.Compile<float>(quantiser.Tape);
        QuantisedWeights.Rounded(ParameterSet<float>.From(before), layers).CopyTo(after, "test");
        foreach (var input in plain.Values.Where(value => value.Kind == ValueKind.Input))
            before.Real(input).CopyTo(after.Real(quantiser[input]));
        after.Run();
        var (expected, actual) = (before.Read(output), after.Read(quantiser[output]));
        return (quantiser.Tape, expected.Zip(actual, (one, other) => Math.Abs(one - other)).Average() / expected.Max(Math.Abs));
    }

    private static string[] Operations(Tape tape) => [.. tape.Nodes.Select(node => $"{node.Op.Name} {node.Outputs[0].Type}")];

    [Fact]
    public void What_convolutions_alone_read_is_never_real()
    {
        var (tape, error) = Quantise(t => Conv(t, Conv(t, Conv(t, t.Input("x", new(1, 9, 11, 8)), "a", 16), "b", 12), "c", 24));
        Assert.Equal(["quantise UInt8", "quantised_conv2d_relu UInt8", "quantised_conv2d_relu UInt8", "quantised_conv2d_relu Real"], Operations(tape));
        Assert.InRange(error, 1e-6, 0.01);
    }

    [Fact]
    public void A_residual_is_bytes_where_the_next_convolution_reads_them()
    {
        var (tape, error) = Quantise(t =>
        {
            var x = Conv(t, t.Input("x", new(1, 9, 11, 8)), "a", 16);
            return Conv(t, Conv(t, x, "b", 16), "c", 16, residual: x);
        });
        Assert.Equal(["quantise UInt8", "quantised_conv2d_relu UInt8", "quantised_conv2d_relu UInt8", "quantised_conv2d_relu Real"], Operations(tape));
        Assert.NotNull(((QuantisedConvolution)tape.Nodes[^1].Op).Residual);
        Assert.InRange(error, 1e-6, 0.01);
    }

    [Fact]
    public void What_others_read_too_is_rounded_once()
    {
        var (tape, error) = Quantise(t =>
        {
            var x = Conv(t, t.Input("x", new(1, 8, 12, 8)), "a", 16);
            return t.Concat(Conv(t, x, "b", 8), Conv(t, x, "c", 8), x);
        });
        const string convolution = "quantised_conv2d_relu Real";
        Assert.Equal(["quantise UInt8", convolution, "quantise UInt8", convolution, convolution, "concat Real"], Operations(tape));
        Assert.InRange(error, 1e-6, 0.01);
    }

    [Fact]
    public void A_GICN_is_two_convolutions_and_two_more_that_add_up()
    {
        var (tape, error) = Quantise(t =>
        {
            Value Weight(string name, int h, int w, int inputs) => t.Parameter(name, new Shape(8, h, w, inputs));
            var (row, column) = t.CrossConv2d(t.Input("x", new(1, 9, 10, 16)), Weight("a", 1, 5, 16), t.VectorParameter("ab", 8), Weight("b", 5, 1, 16),
                t.VectorParameter("bb", 8));
            return t.CrossSumConv2d(row, Weight("c", 5, 1, 8), t.VectorParameter("cb", 8), column, Weight("d", 1, 5, 8), t.VectorParameter("db", 8));
        });
        const string first = "quantised_conv2d UInt8", second = "quantised_conv2d Real";
        Assert.Equal(["quantise UInt8", first, first, second, second], Operations(tape));
        Assert.InRange(error, 1e-6, 0.02);
    }

    [Fact]
    public void Transposed_convolutions_have_their_scales_on_the_other_axis()
    {
        var window = ConvWindow.Square(4, stride: 2, padding: 1);
        var (tape, error) = Quantise(t => t.ConvTranspose2d(t.Input("x", new(1, 5, 7, 12)), t.Parameter("a", new Shape(12, 4, 4, 9)), window, 10, 14,
            t.VectorParameter("bias", 9), relu: true));
        Assert.Equal(["quantise UInt8", "quantised_conv_transpose2d_relu Real"], Operations(tape));
        Assert.Equal(9, tape["a_scale"].Shape.C);
        Assert.InRange(error, 1e-6, 0.01);
    }

    [Fact]
    public void Few_channels_and_others_than_fours_stay_real()
    {
        var (tape, _) = Quantise(t => Conv(t, Conv(t, Conv(t, t.Input("x", new(1, 8, 8, 3)), "a", 10), "b", 16), "c", 2));
        Assert.All(tape.Nodes, node => Assert.Equal("conv2d_relu", node.Op.Name));
    }
}
