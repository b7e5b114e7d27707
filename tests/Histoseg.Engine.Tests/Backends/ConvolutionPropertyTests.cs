using System.Numerics;
using FsCheck.Xunit;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Backends;

/// <summary>What holds for every convolution, whatever its geometry, numbers and kernel.</summary>
[Properties(Arbitrary = [typeof(Geometries)])]
public sealed class ConvolutionPropertyTests : IDisposable
{
    private readonly CpuBackend[] _backends =
        [.. Enum.GetValues<SimdLevel>().Select(level => new CpuBackend(threads: 2, level))];

    public void Dispose() => Array.ForEach(_backends, b => b.Dispose());

    [Property(MaxTest = 200)]
    public void Output_has_one_pixel_per_position_of_the_kernel(Geometry geometry)
    {
        var (tape, window, map) = (new Tape(), geometry.Window, geometry.Map);
        var y = tape.Conv2d(tape.Input("x", map), tape.Parameter("w", geometry.Weight), window);
        Assert.Equal(new Shape(map.N, Geometry.Positions(map.H, window.KernelH, window.StrideH, window.PadH, window.DilationH),
            Geometry.Positions(map.W, window.KernelW, window.StrideW, window.PadW, window.DilationW), geometry.Outputs), y.Shape);
    }

    [Property(MaxTest = 200)]
    public void Maps_smaller_than_the_kernel_are_refused(Geometry geometry, byte height, byte width)
    {
        var window = geometry.Window;
        var map = geometry.Map with { H = height % 8 + 1, W = width % 8 + 1 };
        var fits = Geometry.Positions(map.H, window.KernelH, window.StrideH, window.PadH, window.DilationH) > 0
            && Geometry.Positions(map.W, window.KernelW, window.StrideW, window.PadW, window.DilationW) > 0;
        var tape = new Tape();
        void Record() => tape.Conv2d(tape.Input("x", map), tape.Parameter("w", geometry.Weight), window);
        if (fits)
            Record();
        else
            Assert.Throws<ArgumentException>(Record);
    }

    [Property(MaxTest = 60)]
    public void Float64_is_linear_in_map_weight_and_upstream_gradient(Geometry geometry) => CheckLinear<double>(geometry, _backends[0], 1e-12);

    [Property(MaxTest = 20)]
    public void Float32_is_linear_at_every_simd_level(Geometry geometry)
    {
        foreach (var backend in _backends)
            CheckLinear<float>(geometry, backend, 1e-5);
    }

    [Property(MaxTest = 60)]
    public void Float64_gradients_are_adjoint(Geometry geometry) => CheckAdjoint<double>(geometry, _backends[0], 1e-13);

    [Property(MaxTest = 40)]
    public void Float32_gradients_are_adjoint_at_every_simd_level(Geometry geometry)
    {
        foreach (var backend in _backends)
            CheckAdjoint<float>(geometry, backend, 1e-5);
    }

    [Property(MaxTest = 40)]
    public void Transposed_convolution_is_the_gradient_of_the_convolution(Geometry geometry)
    {
        using var conv = new ConvolutionRun<double>(geometry, _backends[0]);
        var (x, weight, seed) = conv.Draw(geometry.Seed);
        var expected = conv.Run(x, weight, seed);

        // The weight of a convolution (O, kh, kw, I) is that of its transpose, whose inputs are the O channels.
        var tape = new Tape();
        var s = tape.Input("s", new Shape(geometry.Map.N, geometry.Window.OutputH(geometry.Map.H), geometry.Window.OutputW(geometry.Map.W), geometry.Outputs),
            requiresGradient: true);
        var w = tape.Parameter("w", geometry.Weight);
        var y = tape.Keep(tape.ConvTranspose2d(s, w, geometry.Window, geometry.Map.H, geometry.Map.W));
        var upstream = tape.Input("upstream", y.Shape);
        var gradients = tape.Backward(y, upstream);
        var (ds, dw) = (tape.Keep(gradients[s]), tape.Keep(gradients[w]));
        using var transposed = _backends[0].Compile<double>(tape);
        transposed.Set(s, seed);
        transposed.Set(w, weight);
        transposed.Set(upstream, x);
        transposed.Run();
        AssertClose(expected.Dx, transposed.Get(y), 1e-13, geometry);
        AssertClose(expected.Y, transposed.Get(ds), 1e-13, geometry);
        AssertClose(expected.Dweight, transposed.Get(dw), 1e-13, geometry);
    }

    private static void CheckLinear<T>(Geometry geometry, CpuBackend backend, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const double a = 0.75, b = -1.5;
        using var conv = new ConvolutionRun<T>(geometry, backend);
        var (x1, w1, s1) = conv.Draw(geometry.Seed);
        var (x2, w2, s2) = conv.Draw(geometry.Seed + 10);
        var first = conv.Run(x1, w1, s1);
        var map = (Other: conv.Run(x2, w1, s1), Sum: conv.Run(Numbers.Combine(a, x1, b, x2), w1, s1));
        AssertClose(Numbers.Combine(a, first.Y, b, map.Other.Y), map.Sum.Y, tolerance, geometry);
        AssertClose(Numbers.Combine(a, first.Dweight, b, map.Other.Dweight), map.Sum.Dweight, tolerance, geometry);
        var weight = (Other: conv.Run(x1, w2, s1), Sum: conv.Run(x1, Numbers.Combine(a, w1, b, w2), s1));
        AssertClose(Numbers.Combine(a, first.Y, b, weight.Other.Y), weight.Sum.Y, tolerance, geometry);
        AssertClose(Numbers.Combine(a, first.Dx, b, weight.Other.Dx), weight.Sum.Dx, tolerance, geometry);
        var upstream = (Other: conv.Run(x1, w1, s2), Sum: conv.Run(x1, w1, Numbers.Combine(a, s1, b, s2)));
        AssertClose(Numbers.Combine(a, first.Dx, b, upstream.Other.Dx), upstream.Sum.Dx, tolerance, geometry);
        AssertClose(Numbers.Combine(a, first.Dweight, b, upstream.Other.Dweight), upstream.Sum.Dweight, tolerance, geometry);
    }

    /// <summary>⟨conv(x, w), s⟩ = ⟨x, dx⟩ = ⟨w, dw⟩: the gradients are the transposes of the maps they belong to.</summary>
    private static void CheckAdjoint<T>(Geometry geometry, CpuBackend backend, double tolerance) where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var conv = new ConvolutionRun<T>(geometry, backend);
        var (x, weight, seed) = conv.Draw(geometry.Seed);
        var result = conv.Run(x, weight, seed);
        var expected = Numbers.Dot(result.Y, seed);
        var scale = Numbers.Norm(result.Y) * Numbers.Norm(seed) + Numbers.Norm(result.Dx) * Numbers.Norm(x)
            + Numbers.Norm(result.Dweight) * Numbers.Norm(weight);
        Assert.InRange(Numbers.Dot(result.Dx, x) - expected, -tolerance * scale, tolerance * scale);
        Assert.InRange(Numbers.Dot(result.Dweight, weight) - expected, -tolerance * scale, tolerance * scale);
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance, Geometry geometry)
    {
        Assert.Equal(expected.Length, actual.Length);
        // Elements are sums of some hundred products below 1: the error follows the largest, not each one's own size.
        var scale = 1 + expected.Max(Math.Abs);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(actual[i] - expected[i]) <= tolerance * scale, $"{geometry}: element {i} is {actual[i]} instead of {expected[i]}");
    }
}
