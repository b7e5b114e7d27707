using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Ops;

/// <summary>The pyramid of poolings against the poolings it stands for, and what it refuses.</summary>
public class PyramidPoolTests
{
    private static readonly Shape Map = new(2, 11, 14, 5);

    [Fact]
    public void Levels_are_the_poolings_one_by_one()
    {
        var tape = new Tape();
        var x = tape.Input("x", Map);
        int[] bins = [1, 2, 3, 6], kernels = [9, 4, 3];
        Value[] together = [.. tape.AdaptivePyramidPool(x, bins), .. tape.FixedPyramidPool(x, kernels)];
        Value[] alone = [.. bins.Select(b => tape.AdaptiveAvgPool2d(x, b, b)), .. kernels.Select(k => tape.AvgPool2d(x, k, k))];
        foreach (var value in together.Concat(alone))
            tape.Keep(value);
        using var backend = new CpuBackend(threads: 2);
        using var program = backend.Compile<double>(tape);
        program.Write(x, [.. Enumerable.Range(0, (int)Map.Count).Select(i => Math.Sin(i * i % 1009))]);
        program.Run();
        foreach (var (one, other) in together.Zip(alone))
        {
            Assert.Equal(other.Shape, one.Shape);
            Assert.Equal(program.Read(other), program.Read(one));
        }
    }

    [Fact]
    public void A_level_without_gradient_is_named()
    {
        var tape = new Tape();
        var levels = tape.AdaptivePyramidPool(tape.Input("x", Map, requiresGradient: true), 1, 2);
        var error = Assert.Throws<NotSupportedException>(() => tape.Backward(levels[1], tape.Input("seed", levels[1].Shape)));
        Assert.Contains("output 0", error.Message);
    }

    [Fact]
    public void Windows_that_do_not_fit_are_refused()
    {
        var tape = new Tape();
        var x = tape.Input("x", Map);
        Assert.Contains("11×14", Assert.Throws<ArgumentException>(() => tape.FixedPyramidPool(x, 3, 12)).Message);
        Assert.Contains("0", Assert.Throws<ArgumentException>(() => tape.AdaptivePyramidPool(x, 1, 0)).Message);
        Assert.Throws<ArgumentException>(() => tape.AdaptivePyramidPool(x));
    }
}
