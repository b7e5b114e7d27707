using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checking;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Ops;

namespace Histoseg.Engine.Tests.Backends;

/// <summary>Tests that no other test may run beside: they measure the whole process.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public static class Alone;

[Collection(nameof(Alone))]
public sealed class AllocationTests : IDisposable
{
    private const int Runs = 20;

    /// <summary>What the test host may allocate meanwhile; one delegate per node and run would be far more.</summary>
    private const long Noise = 1024;

    private readonly CpuBackend _backend = new(threads: 2);

    public void Dispose() => _backend.Dispose();

    /// <summary>Bytes all threads allocate in some runs: the least of a few measurements, since the test host allocates now and then too.</summary>
    private static long BytesOfRuns<T>(CpuProgram<T> program) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var i = 0; i < 3; i++)
            program.Run();
        var least = long.MaxValue;
        for (var attempt = 0; attempt < 5 && least >= Noise; attempt++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var i = 0; i < Runs; i++)
                program.Run();
            least = Math.Min(least, GC.GetTotalAllocatedBytes(precise: true) - before);
        }
        return least;
    }

    private static Tape TrainingStep()
    {
        var tape = new Tape();
        var layers = new Layers(tape, NetworkMode.Training);
        var x = tape.Input("x", new Shape(2, 16, 16, 3));
        var stem = layers.ConvNorm("stem", "stem_norm", x, 24, ConvWindow.Square(3, stride: 2, padding: 1));
        var (pooled, indices) = tape.MaxPool2d(stem, 2, 2);
        var block = layers.ConvNorm("block", "block_norm", pooled, 24, ConvWindow.Same(1, 7), residual: pooled);
        var context = tape.BilinearResize(tape.AdaptiveAvgPool2d(block, 2, 2), 4, 4);
        var joined = tape.Concat(block, tape.AvgPool2d(tape.BilinearResize(context, 8, 8), 2, 2));
        var up = layers.ConvTransposeNorm("up", "up_norm", joined, 12, ConvWindow.Square(3, 2, 1));
        var unpooled = tape.Concat(up, tape.MaxUnpool2d(block, indices, 8, 8));
        var logits = tape.BilinearResize(layers.Conv("head", tape.Relu(unpooled), 3, ConvWindow.Square(1)), 16, 16);
        tape.Keep(tape.Softmax(logits));
        var (loss, _) = tape.SegmentationLoss(logits, tape.Input("target", new Shape(2, 16, 16, 1), ElementType.Int32));
        tape.Sgd(tape.Backward(tape.Keep(loss)), tape.Input("rate", Shape.Scalar, ElementType.Wide), 0.9, 1e-4);
        return tape;
    }

    [Fact]
    public void Training_steps_allocate_nothing()
    {
        using var program = _backend.Compile<float>(TrainingStep());
        program.FillAll(4);
        program.Set(program.Tape["rate"], [1e-3]);
        Assert.InRange(BytesOfRuns(program), 0, Noise);
        Assert.Null(program.FirstNonFinite(program.Tape.Nodes.Count));
    }

    [Fact]
    public void No_operation_allocates()
    {
        foreach (var @case in OpCases.All)
        {
            using var program = _backend.Compile<float>(CaseTape.Record(@case));
            program.FillAll(6);
            var bytes = BytesOfRuns(program);
            Assert.True(bytes < Noise, $"{@case}: {bytes} bytes in {Runs} runs");
        }
    }
}
