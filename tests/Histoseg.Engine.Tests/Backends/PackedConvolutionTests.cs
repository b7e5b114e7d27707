using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Backends.Cpu.Convolution;
using Histoseg.Engine.Checking;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Tests.Backends;

/// <summary>Convolutions large enough for every way in which the packed kernels cut them; the cases of the operations are too small for most.</summary>
public sealed class PackedConvolutionTests
{
    private static readonly Dictionary<string, OpCase> Shapes = new OpCase[]
    {
        Case("taps of a kernel row over one depth block", new(1, 6, 7, 160), 40, ConvWindow.Square(3, padding: 1)),
        Case("several depth blocks of whole runs", new(1, 9, 26, 64), 50, ConvWindow.Square(3, padding: 1)),
        Case("rows read in the map, 8 channels", new(2, 5, 44, 8), 8, ConvWindow.Square(3, padding: 1)),
        Case("rows read in the map, dilated", new(1, 12, 40, 24), 20, ConvWindow.Square(3, padding: 4, dilation: 4)),
        Case("rows read in the map, stride 2", new(1, 8, 90, 3), 33, ConvWindow.Square(7, stride: 2, padding: 3)),
        Case("more runs than a block takes", new(1, 40, 20, 5), 9, ConvWindow.Same(25, 1)),
        Case("gradient in many slices", new(2, 40, 52, 3), 5, ConvWindow.Square(3, padding: 1)),
        Case("gradient in groups of panels", new(1, 5, 5, 140), 130, ConvWindow.Square(3, padding: 1)),
        Case("gradient, 8 channels", new(2, 9, 40, 8), 11, ConvWindow.Square(3, padding: 1)),
        Case("gradient, several bands", new(1, 13, 131, 48), 7, ConvWindow.Square(3, padding: 1)),
        Case("gradient, dilated, no padding", new(1, 14, 37, 16), 18, ConvWindow.Square(3, dilation: 2)),
        Case("gradient, uneven kernel", new(2, 6, 66, 32), 5, new ConvWindow(2, 5, 1, 1, 2, 1, 1, 2)),
        Case("gradient in groups of outputs", new(1, 9, 9, 3), 300, ConvWindow.Square(3, padding: 1)),
        Case("Winograd", new(2, 29, 35, 40), 48, ConvWindow.Square(3, padding: 1)),
        Case("Winograd, several depth blocks and parts", new(1, 64, 66, 264), 24, ConvWindow.Square(3, padding: 1)),
        Case("Winograd, dilated, no padding", new(1, 45, 47, 40), 40, ConvWindow.Square(3, dilation: 3)),
        Case("1×1", new(1, 20, 31, 70), 34, ConvWindow.Square(1)),
    }.ToDictionary(one => one.Name);

    public static TheoryData<string> Names => [.. Shapes.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Agrees_with_float64_at_every_simd_level_and_is_the_same_for_any_number_of_threads(string name)
    {
        using var plain = new CpuBackend(threads: 2);
        var expected = GradientCheck.Evaluate<double>(Shapes[name], plain.Compile<double>);
        CaseNumbers? narrower = null;
        foreach (var simd in Enum.GetValues<SimdLevel>())
        {
            using CpuBackend one = new(threads: 1, simd), many = new(threads: 5, simd);
            var found = GradientCheck.Evaluate<float>(Shapes[name], one.Compile);
            foreach (var ((what, numbers), (_, actual)) in expected.Named().Zip(found.Named()))
                CaseAssert.Close(numbers, actual, $"{simd} {what}");
            var again = GradientCheck.Evaluate<float>(Shapes[name], many.Compile);
            Assert.Equal(found.Output, again.Output);
            Assert.Equal(found.Gradients, again.Gradients);
            if (simd == SimdLevel.Avx2)
                narrower = found;
            // Fused in hardware or in software, each number is the same sum in the same order.
            else if (simd == SimdLevel.Avx512 && narrower is not null)
            {
                Assert.Equal(narrower.Output, found.Output);
                Assert.Equal(narrower.Gradients, found.Gradients);
            }
        }
    }

    /// <summary>The cases that are to go Winograd's way, and only those, do; and their gradients.</summary>
    [Theory, MemberData(nameof(Names))]
    public void The_cases_named_so_go_Winograds_way(string name)
    {
        var tape = new Tape();
        var node = Shapes[name].Record(tape, Shapes[name].Declare(tape)) is var y ? tape.Nodes.Single(one => one.Outputs.Contains(y)) : null!;
        var geometry = TapGeometry.Convolution(((Conv2d)node.Op).Window, node.Inputs[0].Shape, y.Shape);
        Assert.Equal(name.StartsWith("Winograd", StringComparison.Ordinal), WinogradShape.Suits(geometry));
        Assert.Equal(name.StartsWith("Winograd", StringComparison.Ordinal), WinogradShape.SuitsWeightGradient(geometry));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(32, 3)]
    [InlineData(64, 3)]
    public void Weights_are_packed_anew_after_they_are_written(int channels, int kernel)
    {
        var tape = new Tape();
        var x = tape.Input("x", new Shape(1, 16, 16, channels));
        var w = tape.Parameter("w", new Shape(64, kernel, kernel, channels));
        var y = tape.Keep(tape.Conv2d(x, w, ConvWindow.Same(kernel, kernel)));
        using var backend = new CpuBackend(threads: 2);
        using CpuProgram<float> one = backend.Compile<float>(tape), fresh = backend.Compile<float>(tape);
        one.Write(x, Numbers(x, 1));
        fresh.Write(x, Numbers(x, 1));
        one.Write(w, Numbers(w, 2));
        one.Run();
        var before = one.Read(y);
        one.Write(w, Numbers(w, 3));
        one.Run();
        fresh.Write(w, Numbers(w, 3));
        fresh.Run();
        Assert.Equal(fresh.Read(y), one.Read(y));
        Assert.NotEqual(before, one.Read(y));
    }

    [Theory]
    [InlineData(8, 8, 3)]
    [InlineData(24, 16, 3)]
    [InlineData(64, 48, 3)]
    [InlineData(40, 64, 1)]
    public void An_image_gives_the_same_bits_in_any_batch(int channels, int outputs, int kernel)
    {
        using var backend = new CpuBackend(threads: 3);
        float[] Run(int images, ReadOnlySpan<float> numbers)
        {
            var tape = new Tape();
            var x = tape.Input("x", new Shape(images, 19, 23, channels));
            var w = tape.Parameter("w", new Shape(outputs, kernel, kernel, channels));
            var y = tape.Keep(tape.Conv2d(x, w, ConvWindow.Same(kernel, kernel)));
            using var program = backend.Compile<float>(tape);
            program.Write(x, numbers);
            program.Write(w, Numbers(w, 2));
            program.Run();
            return program.Read(y);
        }
        var random = new Random(5);
        float[] maps = [.. Enumerable.Range(0, 3 * 19 * 23 * channels).Select(_ => random.NextSingle() - 0.5f)];
        Assert.Equal(Run(3, maps)[(2 * 19 * 23 * outputs)..], Run(1, maps.AsSpan(2 * 19 * 23 * channels)));
    }

    private static float[] Numbers(Value value, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)value.Shape.Count).Select(_ => random.NextSingle() - 0.5f)];
    }

    private static OpCase Case(string name, Shape map, int outputs, ConvWindow window) =>
        new("conv2d", name, [new(map), new(new(outputs, window.KernelH, window.KernelW, map.C))], (tape, v) => tape.Conv2d(v[0], v[1], window));
}
