using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Backends;

namespace Histoseg.Engine.Tests.Nn;

public sealed class InitialisationTests : IDisposable
{
    private readonly CpuBackend _backend = new(threads: 1);

    public void Dispose() => _backend.Dispose();

    private CpuProgram<float> Network(int seed, bool withStem = false)
    {
        var tape = new Tape();
        var layers = new Layers(tape, NetworkMode.Training);
        var x = tape.Input("x", new Shape(1, 2, 2, 32));
        if (withStem)
            x = layers.ConvNorm("stem", "stem_norm", x, 32, ConvWindow.Square(1));
        x = layers.ConvNorm("first", "first_norm", x, 64, ConvWindow.Square(3, padding: 1));
        layers.Conv("second", x, 48, ConvWindow.Same(1, 7));
        var program = _backend.Compile<float>(tape);
        program.FillAll(99);
        Initialisation.KaimingNormal(program, seed);
        return program;
    }

    [Fact]
    public void Weights_are_normal_with_the_deviation_of_fan_out()
    {
        using var program = Network(seed: 1);
        foreach (var (name, fanOut) in new[] { ("first.weight", 64 * 9), ("second.weight", 48 * 7) })
        {
            var numbers = program.Get(program.Tape[name]);
            var deviation = Math.Sqrt(2.0 / fanOut);
            // Bounds are five standard errors of each statistic.
            var error = 5 / Math.Sqrt(numbers.Length);
            Assert.InRange(numbers.Average() / deviation, -error, error);
            Assert.InRange(Math.Sqrt(numbers.Average(v => v * v)) / deviation, 1 - error, 1 + error);
            Assert.InRange(numbers.Average(v => Math.Pow(v / deviation, 4)), 3 - 10 * error, 3 + 10 * error);
            Assert.Equal(0.6827, numbers.Count(v => Math.Abs(v) < deviation) / (double)numbers.Length, error);
        }
    }

    [Fact]
    public void Norms_start_as_identity_and_biases_at_zero()
    {
        using var program = Network(seed: 1);
        foreach (var (name, expected) in new[] { ("first_norm.weight", 1.0), ("first_norm.bias", 0), ("first_norm.running_mean", 0),
            ("first_norm.running_var", 1), ("second.bias", 0) })
            Assert.All(program.Get(program.Tape[name]), v => Assert.Equal(expected, v));
    }

    [Fact]
    public void Seed_and_name_alone_decide()
    {
        using var one = Network(seed: 1);
        using var again = Network(seed: 1);
        using var other = Network(seed: 2);
        using var longer = Network(seed: 1, withStem: true);
        foreach (var name in new[] { "first.weight", "second.weight" })
        {
            var numbers = one.Get(one.Tape[name]);
            Assert.Equal(numbers, again.Get(again.Tape[name]));
            Assert.Equal(numbers, longer.Get(longer.Tape[name]));
            AssertUnrelated(numbers, other.Get(other.Tape[name]));
        }
        AssertUnrelated(one.Get(one.Tape["first.weight"]), one.Get(one.Tape["second.weight"]));
        AssertUnrelated(longer.Get(longer.Tape["stem.weight"]), longer.Get(longer.Tape["first.weight"]));
    }

    /// <summary>Their correlation is within five standard errors of none.</summary>
    private static void AssertUnrelated(double[] a, double[] b)
    {
        var count = Math.Min(a.Length, b.Length);
        (a, b) = (a[..count], b[..count]);
        var error = 5 / Math.Sqrt(count);
        Assert.InRange(Numbers.Dot(a, b) / (Numbers.Norm(a) * Numbers.Norm(b)), -error, error);
    }
}
