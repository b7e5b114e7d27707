using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Tests.Backends;

/// <summary>What a convolution made of its inputs.</summary>
/// <param name="Y">conv(x, w).</param>
/// <param name="Dx">The gradient of ⟨y, s⟩ with respect to x.</param>
/// <param name="Dweight">The gradient of ⟨y, s⟩ with respect to w.</param>
internal sealed record ConvolutionResult(double[] Y, double[] Dx, double[] Dweight);

/// <summary>A convolution and its gradients, compiled once and run on any numbers.</summary>
internal sealed class ConvolutionRun<T> : IDisposable where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CpuProgram<T> _program;
    private readonly Value _x, _weight, _seed, _y, _dx, _dweight;

    public ConvolutionRun(Geometry geometry, CpuBackend backend)
    {
        var tape = new Tape();
        _x = tape.Input("x", geometry.Map, requiresGradient: true);
        _weight = tape.Parameter("weight", geometry.Weight);
        _y = tape.Keep(tape.Conv2d(_x, _weight, geometry.Window));
        _seed = tape.Input("seed", _y.Shape);
        var gradients = tape.Backward(_y, _seed);
        (_dx, _dweight) = (tape.Keep(gradients[_x]), tape.Keep(gradients[_weight]));
        _program = backend.Compile<T>(tape);
    }

    /// <summary>Numbers of x's, the weight's and y's count.</summary>
    public (double[] X, double[] Weight, double[] Seed) Draw(int seed) =>
        (Numbers.Draw(seed, _x.Shape.Count), Numbers.Draw(seed + 1, _weight.Shape.Count), Numbers.Draw(seed + 2, _y.Shape.Count));

    public ConvolutionResult Run(double[] x, double[] weight, double[] seed)
    {
        _program.Set(_x, x);
        _program.Set(_weight, weight);
        _program.Set(_seed, seed);
        _program.Run();
        return new(_program.Get(_y), _program.Get(_dx), _program.Get(_dweight));
    }

    public void Dispose() => _program.Dispose();
}
