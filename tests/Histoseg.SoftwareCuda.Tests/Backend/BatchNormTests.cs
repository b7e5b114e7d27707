using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Ops;
using Histoseg.Engine.Tensors;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>What the case lists do not see of batch norm: its state after several runs, means far from 0, numbers that are none.</summary>
public class BatchNormTests
{
    private static Tape Record(Shape shape)
    {
        var (tape, vector) = (new Tape(), Shape.Vector(shape.C));
        var x = tape.Input("x", shape);
        tape.Keep(tape.BatchNorm(x, tape.Parameter("weight", vector), tape.Parameter("bias", vector),
            tape.State("mean", vector), tape.State("var", vector), training: true, relu: true));
        return tape;
    }

    private static float[] Draw(Shape shape, float centre) =>
        [.. Enumerable.Range(0, (int)shape.Count).Select(i => centre * (i % shape.C - 1) + MathF.Sin(i * i % 1009))];

    private static Dictionary<string, double[]> Run<T>(Func<Tape, Program<T>> compile, Shape shape, float[] x, int runs)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        using var program = compile(Record(shape));
        T[] Each(int count, double value) => [.. Enumerable.Repeat(T.CreateChecked(value), count)];
        program.Write(program.Tape["x"], Array.ConvertAll(x, v => T.CreateChecked(v)));
        program.Write(program.Tape["weight"], Each(shape.C, 1.5));
        program.Write(program.Tape["bias"], Each(shape.C, 0.25));
        program.Write(program.Tape["mean"], Each(shape.C, 0.5));
        program.Write(program.Tape["var"], Each(shape.C, 2));
        for (var i = 0; i < runs; i++)
            program.Run();
        var tape = program.Tape;
        var values = new Dictionary<string, Value> { ["mean"] = tape["mean"], ["var"] = tape["var"], ["y"] = tape.Nodes[^1].Outputs[0] };
        return values.ToDictionary(v => v.Key, v => Array.ConvertAll(program.Read(v.Value), n => double.CreateChecked(n)));
    }

    private static Dictionary<string, double[]> RunOnDevice(Shape shape, float[] x, int runs, int seed = 0)
    {
        using var gpu = new SoftwareGpu(Precision.Fp32, options: new SoftwareCudaOptions { Seed = seed });
        return Run(gpu.Backend.Compile, shape, x, runs);
    }

    [Theory]
    [InlineData(2, 9, 11, 8, 0)]
    [InlineData(2, 9, 11, 8, 1000)]
    [InlineData(3, 17, 40, 3, 1000)]
    [InlineData(1, 50, 61, 1, 0)]
    [InlineData(1, 3, 4, 140, 1)]
    public void Running_statistics_and_output_are_those_of_float64(int n, int h, int w, int c, float centre)
    {
        var shape = new Shape(n, h, w, c);
        var x = Draw(shape, centre);
        using var cpu = new CpuBackend(threads: 1);
        var expected = Run(cpu.Compile<double>, shape, x, runs: 3);
        var actual = RunOnDevice(shape, x, runs: 3);
        foreach (var (name, numbers) in expected)
        {
            // The mean is rounded to float32 before it is subtracted, which moves outputs by as much of a deviation as a digit of it is.
            var tolerance = 1e-5 + (name == "y" ? centre * c * 2e-7 : 0);
            for (var i = 0; i < numbers.Length; i++)
                Assert.True(Math.Abs(actual[name][i] - numbers[i]) <= tolerance * Math.Max(1, Math.Abs(numbers[i])),
                    $"{name}[{i}]: {actual[name][i]} instead of {numbers[i]}");
        }
    }

    [Fact]
    public void Not_a_number_is_seen_behind_the_relu()
    {
        var shape = new Shape(1, 4, 5, 8);
        var x = Draw(shape, 0);
        x[8 * 7 + 3] = float.NaN;
        var y = RunOnDevice(shape, x, runs: 1)["y"];
        for (var i = 0; i < y.Length; i++)
            Assert.Equal(i % 8 == 3, double.IsNaN(y[i]));
    }

    [Fact]
    public void Results_do_not_depend_on_the_order_in_which_blocks_run()
    {
        var shape = new Shape(2, 30, 20, 12);
        var x = Draw(shape, 3);
        var expected = RunOnDevice(shape, x, runs: 2);
        for (var seed = 1; seed <= 3; seed++)
            Assert.Equal(expected, RunOnDevice(shape, x, runs: 2, seed));
    }
}
