using System.Globalization;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;

namespace Histoseg.GpuCheck;

/// <summary>
/// Tells of every implementation of every convolution whether it is of use, and judges: every own kernel must agree, and a library that is
/// installed must agree somewhere. A run of a network would show neither, because what refuses or differs is passed over there.
/// </summary>
/// <param name="device">The GPU with its libraries.</param>
/// <param name="precision">Number type of activations.</param>
/// <param name="output">Where the table goes.</param>
/// <param name="results">Where the results go.</param>
internal sealed class ConvolutionCheck(CudaDevice device, Precision precision, TextWriter output, ResultFile results)
{
    private readonly ConvolutionBench _bench = new(device, precision);
    private readonly List<ConvolutionBench.Try> _tries = [];

    /// <summary>Tries the convolutions of a tape.</summary>
    /// <param name="network">How results call it.</param>
    /// <param name="tape">The tape.</param>
    public void Run(string network, Tape tape)
    {
        output.WriteLine($"{network}, {precision}: nodes × convolution, the fastest of each family in ms");
        foreach (var (problem, count) in ConvolutionBench.Problems(tape, precision))
        {
            var tries = new List<ConvolutionBench.Try>();
            foreach (var one in _bench.Run(problem))
            {
                tries.Add(one);
                results.Add(("kind", "convolution"), ("network", network), ("precision", $"{precision}"), ("problem", $"{problem}"),
                    ("nodes", count), ("products", problem.Products),
                    ("implementation", one.Name), ("state", one.Fault is null ? "agrees" : one.Ran ? "differs" : "refused"),
                    ("error", one.Error), ("ms", one.Milliseconds), ("fault", one.Fault));
            }
            Tell(problem, count, tries);
            _tries.AddRange(tries);
        }
    }

    /// <summary>Sums up and tells what is wrong; nothing if the list is empty.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        foreach (var family in ConvolutionFamily.All)
        {
            if (!ConvolutionFamily.IsInstalled(device, family))
            {
                output.WriteLine($"{precision}, {family}: {(ConvolutionFamily.IsOurs(family) ? "not for this GPU" : "not installed")}");
                continue;
            }
            var tries = _tries.Where(t => ConvolutionFamily.Of(t.Name) == family).ToList();
            var (agree, differ, refused) = (tries.Count(t => t.Fault is null), tries.Count(t => t.Fault is not null && t.Ran), tries.Count(t => !t.Ran));
            output.WriteLine($"{precision}, {family}: {agree} agree, {differ} differ, {refused} refused");
            // The kernels for one GPU are for one number type too.
            var isForThis = family != ConvolutionFamily.Hopper || precision == Precision.Bf16;
            var isWrong = ConvolutionFamily.IsOurs(family) ? agree < tries.Count || (agree == 0 && isForThis) : agree == 0;
            if (isWrong)
                faults.Add($"{precision}, {family}: {(ConvolutionFamily.IsOurs(family) ? "not every kernel agrees" : "installed, and never of use")}: "
                    + (tries.Find(t => t.Fault is not null) is { Name: not null } first
                        ? $"{first.Name}: {first.Fault}"
                        : ConvolutionFamily.WhyNot(device, family)));
        }
        return faults;
    }

    private void Tell(IProblem problem, int count, List<ConvolutionBench.Try> tries)
    {
        var fastest = tries.Where(t => t.Milliseconds is not null).GroupBy(t => ConvolutionFamily.Of(t.Name)).Select(g => g.MinBy(t => t.Milliseconds))
            .Select(t => string.Create(CultureInfo.InvariantCulture,
                $"{t.Name} {t.Milliseconds:0.0000} ({2 * problem.Products / t.Milliseconds / 1e9:0} TFLOP/s)"));
        output.WriteLine($"{count,3} × {problem}: {string.Join("; ", fastest)}");
        foreach (var one in tries.Where(t => t.Fault is not null))
        {
            var error = string.Create(CultureInfo.InvariantCulture, $"error beside {tries[0].Name} {one.Error:0.0e0}");
            output.WriteLine($"      {one.Name}: {(one.Ran ? $"{one.Fault}; {error}" : $"refused: {one.Fault}")}");
        }
    }
}
