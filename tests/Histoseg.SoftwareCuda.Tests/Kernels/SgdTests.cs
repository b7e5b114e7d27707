using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.SoftwareCuda.Tests.Backend;

namespace Histoseg.SoftwareCuda.Tests.Kernels;

/// <summary>The update of all parameters in one launch.</summary>
public class SgdTests
{
    // One element, an odd number, more than one block's 4096.
    private static readonly Shape[] Shapes = [Shape.Vector(1), new(3, 1, 1, 5), new(5, 3, 3, 211), Shape.Vector(7)];

    [Fact]
    public void Gives_what_the_cpu_gives_over_several_steps()
    {
        using var cpu = new CpuBackend(threads: 1);
        using var gpu = new SoftwareGpu(Precision.Fp32);
        var (expected, actual) = (Steps(cpu), Steps(gpu.Backend));
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.InRange(actual[i], expected[i] - 1e-6f, expected[i] + 1e-6f);
    }

    [Fact]
    public void The_copies_convolutions_read_follow_the_weights()
    {
        var tape = new Tape();
        var x = tape.Input("x", new Shape(1, 2, 2, 8));
        var weight = tape.Parameter("w", new Shape(8, 1, 1, 8));
        var y = tape.Keep(tape.Conv2d(x, weight, ConvWindow.Square(1)));
        tape.Sgd(tape.Backward(y, tape.Input("seed", y.Shape)), tape.Input("rate", Shape.Scalar, ElementType.Wide), 0, 0);
        using var gpu = new SoftwareGpu(Precision.Bf16);
        using var program = gpu.Backend.Compile(tape);
        program.Write(x, [.. Enumerable.Repeat(1f, 32)]);
        program.Write(tape["seed"], [.. Enumerable.Repeat(-1f, 32)]);
        program.Write(tape["rate"], [1f]);
        program.Write(weight, new float[64]);
        program.Run();
        Assert.All(program.Read(y), v => Assert.Equal(0, v));
        program.Run();
        // Each of the 8 × 8 weights has become 4, the sum over 4 pixels.
        Assert.All(program.Read(y), v => Assert.Equal(32, v));
    }

    private static float[] Steps(Engine.Backends.Backend backend)
    {
        var tape = new Tape();
        var gradients = new Dictionary<Value, Value>();
        for (var i = 0; i < Shapes.Length; i++)
            gradients[tape.Parameter($"w{i}", Shapes[i])] = tape.Input($"dw{i}", Shapes[i], ElementType.Wide);
        tape.Sgd(gradients, tape.Input("rate", Shape.Scalar, ElementType.Wide), momentum: 0.9, weightDecay: 1e-2);
        using var program = backend.Compile(tape);
        var random = new Random(1);
        float[] Draw(Shape shape) => [.. Enumerable.Range(0, (int)shape.Count).Select(_ => (float)(random.NextDouble() - 0.5))];
        for (var i = 0; i < Shapes.Length; i++)
            program.Write(tape[$"w{i}"], Draw(Shapes[i]));
        for (var step = 0; step < 3; step++)
        {
            program.Write(tape["rate"], [0.1f / (step + 1)]);
            for (var i = 0; i < Shapes.Length; i++)
                program.Write(tape[$"dw{i}"], Draw(Shapes[i]));
            program.Run();
        }
        return [.. Enumerable.Range(0, Shapes.Length)
            .SelectMany(i => program.Read(tape[$"w{i}"]).Concat(program.Read(tape[SgdRecording.VelocityName($"w{i}")])))];
    }
}
