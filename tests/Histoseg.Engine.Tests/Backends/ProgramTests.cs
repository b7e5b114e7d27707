using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checking;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Backends;

/// <summary>Compiled programs: poisoned memory, finding NaN, updates.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly CpuBackend _backend = new(threads: 2);

    public void Dispose() => _backend.Dispose();

    /// <summary>An operation that forgets to write its output.</summary>
    private sealed record Forgetful : Op
    {
        public override string Name => "forgetful";

        public override IReadOnlyList<TensorType> Infer(Operands inputs) => [inputs[0]];

        internal override Kernel Compile(IKernels backend, Node node) => () => { };
    }

    [Fact]
    public void Fresh_arenas_are_NaN()
    {
        var tape = new Tape();
        var y = tape.Keep(tape.Relu(tape.Input("x", Shape.Vector(37))));
        using var narrow = _backend.Compile<float>(tape);
        using var wide = _backend.Compile<double>(tape);
        Assert.All(narrow.Get(y), v => Assert.True(double.IsNaN(v)));
        Assert.All(wide.Get(y), v => Assert.True(double.IsNaN(v)));
    }

    [Fact]
    public void Memory_nobody_wrote_is_found_as_NaN()
    {
        var tape = new Tape();
        var x = tape.Input("x", Shape.Vector(37));
        Value hole;
        using (tape.Scope("head.broken"))
            hole = tape.Record(new Forgetful(), x).Outputs[0];
        var y = tape.Keep(tape.Add(hole, x));
        using var program = _backend.Compile<float>(tape);
        program.Run();
        Assert.All(program.Get(y), v => Assert.True(double.IsNaN(v)));
        Assert.Equal("layer head.broken (forgetful)", program.FirstNonFinite(tape.Nodes.Count));
    }

    [Fact]
    public void No_operation_reads_memory_nobody_wrote()
    {
        foreach (var @case in OpCases.All)
        {
            foreach (var (what, numbers) in GradientCheck.Evaluate<float>(@case, _backend.Compile).Named())
                Assert.True(numbers.All(double.IsFinite), $"{@case}: {what}");
        }
    }

    /// <summary>Two layers of which the second has huge weights.</summary>
    private static Tape TwoLayers()
    {
        var tape = new Tape();
        var x = tape.Input("x", new Shape(1, 2, 2, 3));
        foreach (var layer in new[] { "backbone.conv1", "backbone.conv2" })
            using (tape.Scope(layer))
                x = tape.Conv2d(x, tape.Parameter($"{layer}.weight", new Shape(3, 1, 1, 3)), ConvWindow.Square(1));
        tape.Keep(x);
        return tape;
    }

    [Fact]
    public void First_non_finite_names_the_tensor_that_holds_NaN()
    {
        var tape = TwoLayers();
        using var program = _backend.Compile<float>(tape);
        program.FillAll(1);
        Assert.Null(program.FirstNonFinite(tape.Nodes.Count));
        program.Real(tape["backbone.conv2.weight"])[4] = float.NaN;
        Assert.Equal("parameter backbone.conv2.weight", program.FirstNonFinite(tape.Nodes.Count));
        program.Real(tape["x"])[0] = float.NegativeInfinity;
        Assert.Equal("input x", program.FirstNonFinite(tape.Nodes.Count));
    }

    [Fact]
    public void First_non_finite_names_the_layer_that_overflows()
    {
        var tape = TwoLayers();
        using var program = _backend.Compile<float>(tape);
        program.Real(tape["x"]).Fill(1e20f);
        program.Real(tape["backbone.conv1.weight"]).Fill(1);
        program.Real(tape["backbone.conv2.weight"]).Fill(1e20f);
        Assert.Equal("layer backbone.conv2 (conv2d)", program.FirstNonFinite(tape.Nodes.Count));
        Assert.Null(program.FirstNonFinite(1));
        program.Real(tape["backbone.conv1.weight"]).Fill(1e20f);
        Assert.Equal("layer backbone.conv1 (conv2d)", program.FirstNonFinite(tape.Nodes.Count));
    }

    [Fact]
    public void Sgd_steps_as_the_formula_says()
    {
        const double momentum = 0.9, decay = 0.01;
        var tape = new Tape();
        // y = p + x, so the gradient of p is the seed.
        var p = tape.Parameter("p", Shape.Vector(37));
        var untouched = tape.Parameter("untouched", Shape.Vector(5));
        var y = tape.Add(p, tape.Input("x", p.Shape, ElementType.Wide));
        var (seed, rate) = (tape.Input("seed", p.Shape, ElementType.Wide), tape.Input("rate", Shape.Scalar, ElementType.Wide));
        var gradients = tape.Backward(y, seed);
        var updates = tape.Nodes.Count;
        tape.Sgd(gradients, rate, momentum, decay);
        Assert.Equal(updates + 1, tape.Nodes.Count);
        using var program = _backend.Compile<double>(tape);
        program.FillAll(8);
        program.Real(tape[SgdRecording.VelocityName("p")]).Clear();
        var (expected, velocity, before) = (program.Get(p), new double[37], program.Get(untouched));
        for (var step = 0; step < 6; step++)
        {
            var gradient = Numbers.Draw(100 + step, 37);
            var learning = 0.1 / (step + 1);
            program.Set(seed, gradient);
            program.Set(rate, [learning]);
            program.Run();
            for (var i = 0; i < expected.Length; i++)
            {
                velocity[i] = momentum * velocity[i] + gradient[i] + decay * expected[i];
                expected[i] -= learning * velocity[i];
                Assert.Equal(expected[i], program.Real(p)[i], 1e-14);
                Assert.Equal(velocity[i], program.Real(tape["p.velocity"])[i], 1e-14);
            }
        }
        Assert.Equal(before, program.Get(untouched));
        program.Run(0, updates);
        Assert.Equal(expected[0], program.Real(p)[0], 1e-14);
    }

    [Fact]
    public void A_network_that_cannot_fit_is_refused_before_it_is_allocated()
    {
        var tape = new Tape();
        var x = tape.Input("x", new Shape(1, 40_000, 40_000, 1));
        for (var i = 0; i < 4000; i++)
            tape.Keep(tape.Relu(x));
        using var backend = new CpuBackend(1);
        Assert.Contains("not enough memory", Assert.Throws<DeviceMemoryError>(() => backend.Compile<float>(tape)).Message);

        var huge = new Tape();
        huge.Input("huge", new Shape(1, 50_000, 50_000, 1));
        Assert.Contains("huge", Assert.Throws<EngineError>(() => backend.Compile<float>(huge)).Message);
    }
}
