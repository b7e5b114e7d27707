using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.SoftwareCuda.Tests.Backend;

namespace Histoseg.SoftwareCuda.Tests.Kernels;

/// <summary>
/// What the cases of the lattice filter do not show: that nothing depends on the order in which threads find vertices, and the CRF made of it.
/// </summary>
public class LatticeFilterTests
{
    private const int Side = 24, Channels = 2;

    private static readonly byte[] Colours = DrawColours();

    private static byte[] DrawColours()
    {
        var random = new Random(3);
        // The upper half is flat, so that many pixels meet at a vertex; the lower has a vertex for each.
        return [.. Enumerable.Range(0, 2 * Side * Side * 3).Select(i => (byte)(i / 3 / Side % Side < Side / 2 ? 200 : random.Next(256)))];
    }

    private static float[] Numbers(int pictures) => [.. Enumerable.Range(0, pictures * Side * Side * Channels).Select(i => MathF.Sin(i * 0.37f) + 0.5f)];

    private static float[] Filter(CudaBackend backend, int pictures, float[] numbers, int runs = 1)
    {
        var tape = new Tape();
        var x = tape.Input("x", new Shape(pictures, Side, Side, Channels));
        var colours = tape.Input("colours", x.Shape with { C = 3 }, ElementType.UInt8);
        var y = tape.Keep(tape.LatticeFilter(x, tape.PermutohedralLattice(colours, 8, 30)));
        using var program = backend.Compile(tape);
        program.Write(colours, Colours.AsSpan(0, pictures * Side * Side * 3));
        program.Write(x, numbers);
        for (var i = 0; i < runs; i++)
            program.Run();
        return program.Read(y);
    }

    [Fact]
    public void Results_repeat_and_do_not_depend_on_other_pictures_of_the_batch()
    {
        using var gpu = new SoftwareGpu(Precision.Fp32);
        var first = Filter(gpu.Backend, 2, Numbers(2));
        Assert.Equal(first, Filter(gpu.Backend, 2, Numbers(2), runs: 3));
        Assert.Equal(first[..(Side * Side * Channels)], Filter(gpu.Backend, 1, Numbers(1)));
        // Sums in fixed point are scaled by each picture's largest number, so that a power of two goes through; far below 1 at the cost of digits to spare.
        Assert.Equal(Scaled(first, 100), Filter(gpu.Backend, 2, Scaled(Numbers(2), 100)));
        Assert.Equal(Scaled(first, -70), Filter(gpu.Backend, 2, Scaled(Numbers(2), -70)), new Near());

        static float[] Scaled(float[] numbers, int power) => Array.ConvertAll(numbers, v => MathF.ScaleB(v, power));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_no_number_is_seen_in_the_result(float odd)
    {
        using var gpu = new SoftwareGpu(Precision.Fp32);
        var numbers = Numbers(2);
        numbers[Side] = odd;
        var y = Filter(gpu.Backend, 2, numbers);
        Assert.All(y[..(Side * Side * Channels)], v => Assert.False(float.IsFinite(v)));
        Assert.All(y[(Side * Side * Channels)..], v => Assert.True(float.IsFinite(v)));
    }

    /// <summary>Twenty filters in a row; probabilities are rounded to the activations' type between them.</summary>
    [Theory]
    [InlineData(Precision.Fp32, 2e-4)]
    [InlineData(Precision.Bf16, 0.1)]
    public void A_crf_behind_a_network_agrees_with_the_cpu(Precision precision, double tolerance)
    {
        var network = Network.Create(new() { Name = "unet", Width = 1 }, classes: 2);
        var random = new Random(1);
        byte[] rgb = [.. Enumerable.Range(0, 2 * 32 * 32 * 3).Select(i => (byte)((i / 3 % 32 < 16 ? 90 : 170) + random.Next(30)))];
        float[] Segment(Engine.Backends.Backend backend, int runs = 1)
        {
            using var segmenter = new PatchSegmenter(backend, network, 32, 2, Normalisation.ImageNet,
                new CrfSettings { AppearanceWeight = 2, SmoothnessWeight = 1 });
            segmenter.Load(Weights(network), "test");
            var probabilities = new float[2 * 32 * 32 * 2];
            for (var i = 0; i < runs; i++)
                segmenter.Segment(rgb, 2, probabilities);
            return probabilities;
        }
        using var cpu = new CpuBackend(threads: 1);
        using var gpu = new SoftwareGpu(precision);
        var (expected, actual) = (Segment(cpu), Segment(gpu.Backend, runs: 3));
        Assert.True(expected.Max() - expected.Min() > 0.2, "nothing to compare");
        for (var i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], tolerance);
        Assert.Equal(Segment(gpu.Backend), actual);
    }

    private static ParameterSet<float> Weights(Network network)
    {
        using var cpu = new CpuBackend(threads: 1);
        var tape = new Tape();
        network.Record(new Layers(tape, NetworkMode.Training), tape.Input("image", new Shape(1, 32, 32, 3)));
        using var program = cpu.Compile<float>(tape);
        Initialisation.KaimingNormal(program, seed: 5);
        return ParameterSet<float>.From(program);
    }

    /// <summary>Equal to a few units of the last place of float32.</summary>
    private sealed class Near : IEqualityComparer<float>
    {
        public bool Equals(float a, float b) => Math.Abs(a - b) <= 1e-6f * Math.Abs(a);

        public int GetHashCode(float number) => 0;
    }
}
