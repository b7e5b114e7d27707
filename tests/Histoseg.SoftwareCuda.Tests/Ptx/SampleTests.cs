namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>Kernels as the compiler writes them, against the same computation in C#.</summary>
public class SampleTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 3)]
    public void Shared_memory_constants_and_shuffles(int seed, int threads)
    {
        using var memory = new TestMemory();
        var module = Kernels.Sample("basics", memory);
        const int n = 300;
        var random = new Random(1);
        var x = Enumerable.Range(0, n).Select(_ => random.NextSingle()).ToArray();
        var (px, py) = (memory.Add<float>(x), memory.Add<float>(new float[16]));
        var affine = new byte[32];
        for (var k = 0; k < 5; k++)
            BitConverter.TryWriteBytes(affine.AsSpan(12 + 4 * k), k + 0.5f);
        module.Kernels["affineSums"].Run(memory, new(4), new(128), [affine, py, px, n], 512, seed, threads);

        var y = memory.Read<float>(py);
        for (var block = 0; block < 4; block++)
        {
            var buffer = new float[128];
            for (var t = 0; t < 128; t++)
                buffer[t] = block * 128 + t < n ? x[block * 128 + t] * (block % 5 + 0.5f) + (t % 4 + 1) : 0;
            for (var warp = 0; warp < 4; warp++)
            {
                var expected = 0f;
                for (var t = 0; t < 32; t++)
                    for (var k = 0; k < 9; k++)
                        expected += buffer[(127 - warp * 32 - t + k) % 128] / (k + 1);
                Assert.Equal(expected, y[block * 4 + warp], 1e-3f);
            }
        }
        Assert.Equal(7 + n, memory.Read<int>(module.Variables.Single(variable => variable.Name == "counter").Address)[0]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Divergent_loops_and_early_exits(int seed)
    {
        using var memory = new TestMemory();
        var module = Kernels.Sample("basics", memory);
        const int n = 150;
        var steps = memory.Add<int>(new int[n + 3]);
        module.Kernels["collatz"].Run(memory, new(3), new(64), [steps, n], 0, seed);
        var expected = new int[n + 3];
        for (var i = 0; i < n; i++)
        {
            var count = 0;
            for (var v = (uint)i + 1; v != 1; count++)
                v = v % 2 != 0 ? 3 * v + 1 : v / 2;
            switch (count % 5)
            {
                case 0:
                    count += 1000;
                    break;
                case 1:
                    count *= 3;
                    break;
                case 2:
                    for (var k = 0; k < count; k++)
                        count -= k & 1;
                    break;
                case 3:
                    count = -count;
                    break;
            }
            expected[i] = count;
            expected[n + i / 64] += count;
        }
        Assert.Equal(expected, memory.Read<int>(steps));
    }

    [Fact]
    public void Local_arrays()
    {
        using var memory = new TestMemory();
        var kernel = Kernels.Sample("basics", memory).Kernels["histogram"];
        var values = new byte[1000];
        new Random(3).NextBytes(values);
        var (source, counts) = (memory.Add<byte>(values), memory.Add<ushort>(new ushort[40 * 16]));
        kernel.Run(memory, new(1), new(40), [source, counts, values.Length]);
        Assert.True(kernel.LocalBytes >= 32);
        var expected = new ushort[40 * 16];
        for (var i = 0; i < values.Length; i++)
            expected[i % 40 * 16 + (values[i] & 15)]++;
        Assert.Equal(expected, memory.Read<ushort>(counts));
    }
}
