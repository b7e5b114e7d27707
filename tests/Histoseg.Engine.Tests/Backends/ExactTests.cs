using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Backends;

/// <summary>A backend that is asked to be exact multiplies convolutions out.</summary>
public class ExactTests
{
    [Fact]
    public void Winograds_way_is_left_out_where_exactness_is_asked_for()
    {
        var (usual, exact, reference) = (Run<float>(exact: false), Run<float>(exact: true), Run<double>(exact: true));
        Assert.NotEqual(usual, exact);
        Assert.True(Error(exact) < Error(usual));
        Assert.InRange(Error(usual), 0, 2e-5);

        double Error(double[] results) => results.Zip(reference, (one, other) => Math.Abs(one - other)).Max() / reference.Max(Math.Abs);
    }

    private static double[] Run<T>(bool exact) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var tape = new Tape();
        var y = tape.Keep(tape.Conv2d(tape.Input("x", new(1, 24, 24, 64)), tape.Parameter("weight", new Shape(64, 3, 3, 64)), ConvWindow.Same(3, 3)));
        using var backend = new CpuBackend(threads: 2, exact: exact);
        using var program = backend.Compile<T>(tape);
        program.FillAll(5);
        program.Run();
        return program.Get(y);
    }
}
