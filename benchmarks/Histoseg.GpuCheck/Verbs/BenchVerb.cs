using System.CommandLine;
using System.Globalization;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Networks;

namespace Histoseg.GpuCheck.Verbs;

/// <summary><c>gpucheck bench</c>: the paper's network timed, and what the GPU could do at most.</summary>
internal sealed class BenchVerb : Verb
{
    /// <summary>Side of the patches.</summary>
    public const int Side = 512;

    /// <summary>The paper's network.</summary>
    public static readonly Network Measured = Segmentation.Networks.Network.Create(new(), classes: 2);

    /// <summary>What the network is timed at.</summary>
    public const string Inference = "inference", Training = "training";

    private const int GicnBatch = 8;

    private readonly Argument<string> _what = new("what") { Description = "inference, training, gicn or ceilings" };
    private readonly Option<int[]> _batch = new("--batch")
    {
        Description = "Patches per run; by default 1, 8, 32 for inference and 4, 16 for training",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<Precision> _precision = new("--precision") { Description = "Number type", DefaultValueFactory = _ => Precision.Bf16 };
    private readonly Option<Convolutions> _convolutions = ConvolutionsOption();
    private readonly Option<double> _seconds = new("--seconds") { Description = "About how long each timing goes on", DefaultValueFactory = _ => 5 };

    /// <summary>The verb.</summary>
    public BenchVerb(TextWriter output)
        : base("bench", "Measures inference and training of 512×512 patches at width 64 with 2 classes, results checked first.", output)
    {
        _what.AcceptOnlyFromAmong(Inference, Training, "gicn", "ceilings");
        Add(_what);
        Add(_batch);
        Add(_precision);
        Add(_convolutions);
        Add(_seconds);
    }

    /// <summary>What convolutions may be computed by.</summary>
    public static Option<Convolutions> ConvolutionsOption() => new("--convolutions")
    {
        Description = "What convolutions may be computed by; AllPortable leaves out kernels for one compute capability alone",
        DefaultValueFactory = _ => Convolutions.All,
    };

    /// <inheritdoc/>
    protected override int Execute(ParseResult given, ResultFile results)
    {
        var (seconds, precision, batches) = (given.GetValue(_seconds), given.GetValue(_precision), given.GetValue(_batch)!);
        using var backend = new CudaBackend(Gpu.Open(given.GetValue(_convolutions)), precision);
        results.Add(Gpu.Facts(backend.Device));
        return given.GetValue(_what) switch
        {
            Inference => Network(Inference, Batches(Inference, batches), backend, seconds, results),
            Training => Network(Training, Batches(Training, batches), backend, seconds, results),
            "gicn" => Gicn(backend, seconds, results),
            _ => Limits(backend, seconds, results),
        };
    }

    /// <summary>The batches asked for, or those the targets speak of.</summary>
    public static int[] Batches(string what, int[] asked) => (asked, what) switch
    {
        ([], Inference) => [1, 8, 32],
        ([], _) => [4, 16],
        _ => asked,
    };

    private int Network(string what, int[] batches, CudaBackend backend, double seconds, ResultFile results)
    {
        var bench = new NetworkBench(Measured, Side, seconds);
        float[] reference = [];
        if (what == Inference)
        {
            using var exact = new CudaBackend(Gpu.Open(Convolutions.Own), Precision.Fp32);
            reference = bench.Logits(exact);
        }
        var failed = 0;
        foreach (var batch in batches)
        {
            var m = what == Inference ? bench.Inference(backend, batch, reference) : bench.Training(backend, batch);
            results.Add(
            [
                ("kind", "bench"), ("what", what), ("engine", "histoseg"), ("variant", $"{backend.Precision}"),
                ("batch", batch), ("side", Side), .. m.Timing.Fields,
                ("gflop", m.Flops / 1e9), ("memory_mib", m.PlannedBytes / 1048576.0), ("device_mib", m.DeviceBytes / 1048576.0), ("fault", m.Fault),
            ]);
            results.Add([("kind", "chosen"), ("what", what), ("batch", batch), ("precision", $"{backend.Precision}"), .. m.Chosen]);
            Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{what}, batch {batch,2}: {m.Timing.Median,9:0.000} ms ({m.Timing.Least:0.000} to {m.Timing.Most:0.000}, {m.Timing.Samples} samples)  "
                + $"{batch / m.Timing.Median * 1e3,8:0.0} patches/s  {m.Flops / m.Timing.Median / 1e9,6:0.0} TFLOP/s  "
                + $"{m.PlannedBytes >> 20} MiB planned, {m.DeviceBytes >> 20} MiB taken{(m.Fault is { } fault ? $"  WRONG: {fault}" : "")}"));
            failed += m.Fault is null ? 0 : 1;
        }
        return failed == 0 ? ExitCode.Passed : ExitCode.Failed;
    }

    private int Gicn(CudaBackend backend, double seconds, ResultFile results)
    {
        var bench = new GicnBench(seconds);
        var failed = 0;
        foreach (var (side, channels) in GicnBench.Maps)
        {
            foreach (var backward in new[] { false, true })
            {
                var map = new Shape(GicnBatch, side, side, channels);
                var (fused, separate) = (bench.Measure(backend, map, fused: true, backward), bench.Measure(backend, map, fused: false, backward));
                var fault = GicnBench.Compare(fused.Output, separate.Output);
                foreach (var (variant, timing) in new[] { ("fused", fused.Timing), ("two convolutions", separate.Timing) })
                    results.Add(
                    [
                        ("kind", "bench"), ("what", backward ? "gicn training" : "gicn"), ("engine", "histoseg"), ("variant", variant),
                        ("batch", GicnBatch), ("side", side), ("channels", channels), .. timing.Fields, ("fault", fault),
                    ]);
                Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"gicn {map}{(backward ? ", gradients too" : "")}: "
                    + $"{fused.Timing.Median:0.0000} ms fused, {separate.Timing.Median:0.0000} ms as two convolutions{(fault is null ? "" : $"  {fault}")}"));
                failed += fault is null ? 0 : 1;
            }
        }
        foreach (var (problem, name) in backend.Device.Convolutions.Chosen.Where(chosen => chosen.Key.StartsWith("cross_", StringComparison.Ordinal)))
            Out.WriteLine($"chosen: {name} for {problem}");
        return failed == 0 ? ExitCode.Passed : ExitCode.Failed;
    }

    private int Limits(CudaBackend backend, double seconds, ResultFile results)
    {
        var (matrix, copy) = (Ceilings.MatrixTeraflops(backend.Device, seconds), Ceilings.CopyGigabytesPerSecond(backend.Device, seconds));
        results.Add(("kind", "ceiling"), ("matrix_tflops", matrix), ("copy_gb_per_s", copy));
        Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"bf16 matrix product: {(matrix is { } rate ? string.Create(CultureInfo.InvariantCulture, $"{rate:0} TFLOP/s") : "not measured, no cuBLASLt")}; "
            + $"copy: {copy:0} GB/s read and written"));
        return ExitCode.Passed;
    }
}
