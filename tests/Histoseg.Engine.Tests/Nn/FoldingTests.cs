using System.Numerics;
using FsCheck.Xunit;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Engine.Tests.Backends;

namespace Histoseg.Engine.Tests.Nn;

public sealed class FoldingTests : IDisposable
{
    private readonly CpuBackend _backend = new(threads: 2);

    public void Dispose() => _backend.Dispose();

    private static (Tape Tape, Layers Layers, Value Output) Record(NetworkMode mode)
    {
        var tape = new Tape();
        var layers = new Layers(tape, mode);
        var x = layers.ConvNorm("stem", "stem_norm", tape.Input("x", new Shape(2, 9, 8, 3)), 20, ConvWindow.Square(3, stride: 2, padding: 1));
        x = layers.ConvNorm("block", "block_norm", x, 20, ConvWindow.Same(5, 1), residual: x);
        x = layers.ConvNorm("narrow", "narrow_norm", x, 6, ConvWindow.Square(1), relu: false);
        x = layers.ConvTransposeNorm("up", "up_norm", x, 9, ConvWindow.Square(3, 2, 1));
        return (tape, layers, tape.Keep(layers.Conv("head", x, 4, ConvWindow.Square(1))));
    }

    private void CheckFolded<T>(int seed, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (tape, layers, output) = Record(NetworkMode.Evaluation);
        var (folded, _, foldedOutput) = Record(NetworkMode.Inference);
        Assert.DoesNotContain(folded.Nodes, n => n.Op is BatchNorm);
        Assert.Equal(4, layers.FoldedNorms.Count);
        using var evaluation = _backend.Compile<T>(tape);
        using var inference = _backend.Compile<T>(folded);
        evaluation.FillAll(seed);
        var parameters = ParameterSet<T>.From(evaluation);
        parameters.Fold(layers.FoldedNorms).CopyTo(inference, "test");
        evaluation.Real(tape["x"]).CopyTo(inference.Real(folded["x"]));
        evaluation.Run();
        inference.Run();
        var (expected, actual) = (evaluation.Get(output), inference.Get(foldedOutput));
        var scale = expected.Max(Math.Abs);
        Assert.True(scale > 0.01);
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance * scale);

        // Folding leaves the set it was made from as it was.
        foreach (var name in parameters.Names)
            Assert.Equal(evaluation.Real(tape[name]).ToArray(), parameters[name]);
    }

    [Property(MaxTest = 10)]
    public void Folded_network_equals_evaluation_in_float64(int seed) => CheckFolded<double>(seed, 1e-12);

    [Property(MaxTest = 10)]
    public void Folded_network_equals_evaluation_in_float32(int seed) => CheckFolded<float>(seed, 1e-4);

    [Fact]
    public void Unfolded_parameters_do_not_give_the_same()
    {
        var (tape, _, output) = Record(NetworkMode.Evaluation);
        var (folded, _, foldedOutput) = Record(NetworkMode.Inference);
        using var evaluation = _backend.Compile<double>(tape);
        using var inference = _backend.Compile<double>(folded);
        evaluation.FillAll(1);
        ParameterSet<double>.From(evaluation).CopyTo(inference, "test");
        evaluation.Real(tape["x"]).CopyTo(inference.Real(folded["x"]));
        evaluation.Run();
        inference.Run();
        Assert.NotEqual(evaluation.Get(output)[0], inference.Get(foldedOutput)[0], 1e-3);
    }
}
