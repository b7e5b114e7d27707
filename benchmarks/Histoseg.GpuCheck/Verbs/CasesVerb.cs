using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Histoseg.Cuda;
using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Checking;

namespace Histoseg.GpuCheck.Verbs;

/// <summary><c>gpucheck cases</c>: every operation's case list against the processor in float64, and each replay against the first run.</summary>
internal sealed class CasesVerb : Verb
{
    private readonly Option<string[]> _filter = new("--filter")
    {
        Description = "Only cases whose name contains one of these",
        HelpName = "TEXT",
        AllowMultipleArgumentsPerToken = true,
    };
    private readonly Option<Precision[]> _precision = new("--precision")
    {
        Description = "Number types; all by default",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => Enum.GetValues<Precision>(),
    };
    private readonly Option<Convolutions[]> _convolutions = new("--convolutions")
    {
        Description = "What convolutions may be computed by; own kernels, cuDNN and cuBLASLt one after another by default",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [Convolutions.Own, Convolutions.Cudnn, Convolutions.CublasLt],
    };
    private readonly Option<bool> _everyKernel = new("--every-kernel")
    {
        Description = "Choose convolutions anew, which runs every kernel that could do each, and remember no choice",
    };

    private readonly Option<double?> _seconds = new("--seconds")
    {
        Description = "Start no further case after so many seconds, shared by number types; cases then come in an order that mixes operations",
    };

    /// <summary>The verb.</summary>
    public CasesVerb(TextWriter output)
        : base("cases", "Runs every operation's cases, forward and backward, against float64 on the processor; replays must leave the same bits.", output)
    {
        Add(_filter);
        Add(_precision);
        Add(_convolutions);
        Add(_everyKernel);
        Add(_seconds);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given, ResultFile results)
    {
        var filter = given.GetValue(_filter)!;
        var cases = OpCases.OnGpus.Concat(AlignedCases.All)
            .Where(c => filter.Length == 0 || filter.Any(text => c.ToString().Contains(text, StringComparison.OrdinalIgnoreCase))).ToList();
        var (failed, run) = (0, 0);
        var seconds = given.GetValue(_seconds) / (given.GetValue(_convolutions)!.Length * given.GetValue(_precision)!.Length);
        if (seconds is not null)
            new Random(1).Shuffle(CollectionsMarshal.AsSpan(cases));
        using var anew = given.GetValue(_everyKernel) ? TemporaryTuning.Empty() : null;
        using var reference = new CpuBackend();
        foreach (var convolutions in given.GetValue(_convolutions)!)
        {
            // A library changes what convolutions do and nothing else.
            var some = convolutions is Convolutions.Own or Convolutions.Portable ? cases
                : [.. cases.Where(c => c.Operation.StartsWith("conv", StringComparison.Ordinal))];
            foreach (var precision in given.GetValue(_precision)!)
            {
                try
                {
                    using var backend = new CudaBackend(Gpu.Open(convolutions, anew?.File ?? Gpu.TuningFile), precision);
                    var clock = Stopwatch.StartNew();
                    var (wrong, all) = RunAll(some, convolutions, backend, reference, results, () => clock.Elapsed.TotalSeconds > seconds);
                    (failed, run) = (failed + wrong, run + all);
                }
                catch (SkippedException missing) when (convolutions != Convolutions.Own && CudaLibraries.Driver.IsAvailable)
                {
                    Out.WriteLine($"{convolutions}, {precision}: skipped: {missing.Message}");
                }
            }
        }
        return failed > 0 ? ExitCode.Failed : run > 0 ? ExitCode.Passed : ExitCode.Skipped;
    }

    private (int Failed, int Run) RunAll(IReadOnlyList<OpCase> cases, Convolutions convolutions, CudaBackend backend, CpuBackend reference,
        ResultFile results, Func<bool> isOver)
    {
        var (passed, run, worst) = (0, 0, 0.0);
        foreach (var @case in cases)
        {
            if (isOver())
                break;
            run++;
            var fault = Run(@case, backend, reference, out var error, out var broken);
            results.Add(("kind", "case"), ("case", @case.ToString()), ("precision", $"{backend.Precision}"),
                ("convolutions", $"{convolutions}"), ("error", error), ("passed", fault is null), ("fault", fault));
            if (fault is null)
                (passed, worst) = (passed + 1, Math.Max(worst, error));
            else
                Out.WriteLine($"{convolutions}, {backend.Precision}: {@case}: {fault}");
            if (!broken)
                continue;
            Out.WriteLine($"{convolutions}, {backend.Precision}: the GPU takes no more calls after that; the cases that follow were not run");
            break;
        }
        Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{convolutions}, {backend.Precision}: {passed} of {run} cases agree, {(run < cases.Count ? $"{cases.Count - run} were not run, " : "")}"
            + $"worst error {worst:0.0e0}, tolerance {BackendComparison.ToleranceOf(backend.Precision):0.0e0}; "
            + $"kinds of convolutions chosen: {Chosen(backend)}"));
        return (run - passed, run);
    }

    private static string Chosen(CudaBackend backend) => string.Join(", ", ConvolutionFamily.All.Select(family =>
        $"{backend.Device.Convolutions.Chosen.Values.Count(name => ConvolutionFamily.Of(name) == family)} {family}"));

    /// <summary>What is wrong with a case, or null.</summary>
    private static string? Run(OpCase @case, CudaBackend backend, CpuBackend reference, out double error, out bool broken)
    {
        (error, broken) = (double.NaN, false);
        ReplayedProgram? replayed = null;
        try
        {
            var result = BackendComparison.Run(@case, backend, reference, tape => replayed = new ReplayedProgram(backend.Compile(tape)));
            error = result.WorstError;
            return !result.Passes
                ? string.Create(CultureInfo.InvariantCulture,
                    $"{result.Where} is wrong: error {result.WorstError:0.0e0}, tolerance {result.Tolerance:0.0e0}")
                : replayed?.Difference is { } value ? $"a replay left other bits in {value}"
                : null;
        }
        catch (Exception failure) when (failure is EngineError or GpuException or NotSupportedException or InvalidOperationException)
        {
            broken = (failure as CudaException ?? failure.InnerException as CudaException)?.Status.IsSticky() == true;
            return failure.Message;
        }
    }
}
