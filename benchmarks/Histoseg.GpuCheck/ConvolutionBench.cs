using Histoseg.Cuda;
using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Ops;

namespace Histoseg.GpuCheck;

/// <summary>
/// Tries every implementation there is of every convolution of a tape, and of every pair of a GICN: whether it agrees with the own kernel, and how long it
/// takes.
/// </summary>
/// <param name="device">The GPU with its libraries.</param>
/// <param name="precision">Number type of activations.</param>
internal sealed class ConvolutionBench(CudaDevice device, Precision precision)
{
    /// <summary>What was found for one implementation.</summary>
    /// <param name="Name">Implementation and algorithm.</param>
    /// <param name="Ran">Whether it computed anything: else it refused, as <paramref name="Fault"/> tells.</param>
    /// <param name="Error">Its largest difference from the own kernel, as a share of the largest result; infinite where it left
    /// something unwritten, NaN where it did not run.</param>
    /// <param name="Milliseconds">Time of a run; null if it refused or does not agree.</param>
    /// <param name="Fault">Why it is of no use, or null.</param>
    public readonly record struct Try(string Name, bool Ran, double Error, double? Milliseconds, string? Fault);

    /// <summary>The convolutions of a tape, each with the number of nodes that compute it.</summary>
    public static IEnumerable<(IProblem Problem, int Count)> Problems(Tape tape, Precision precision) =>
        tape.Nodes.Select(node => (IProblem?)ProblemOf(node, precision)?.On(tape) ?? CrossProblem.Of(node, precision)).OfType<IProblem>()
            .GroupBy(p => p).Select(g => (g.Key, g.Count()));

    /// <summary>
    /// Tries all implementations of one convolution; the first is the own kernel that the others are compared with. Those
    /// that do not take it come last.
    /// </summary>
    /// <exception cref="EngineError">The GPU failed; which implementation it was doing is told.</exception>
    public IEnumerable<Try> Run(IProblem problem)
    {
        using var memory = new CudaMemory(device, MemoryPlan.For(new Tape(), sizeof(ushort), sizeof(float)), precision);
        var refused = new List<Try>();
        var tries = problem switch
        {
            ConvolutionProblem convolution => Run(convolution, device.Convolutions.Candidates(convolution,
                memory.Table<int>(TapTable.Of(convolution.Geometry)), (name, why) => refused.Add(new(name, Ran: false, double.NaN, null, why)))),
            CrossProblem pair => Run(pair, CrossImplementation.All(device, pair)),
            _ => throw new ArgumentException($"{problem}: not a convolution", nameof(problem)),
        };
        foreach (var one in tries)
            yield return one;
        foreach (var one in refused)
            yield return one;
    }

    private IEnumerable<Try> Run<TTensors>(IProblem<TTensors> problem, IReadOnlyList<IImplementation<TTensors>> candidates)
    {
        try
        {
            using var trial = new ConvolutionTrial<TTensors>(device, problem, candidates.Max(c => c.WorkspaceBytes));
            trial.Expect(candidates[0]);
            foreach (var candidate in candidates)
                yield return Attempt(trial, candidate, problem);
        }
        finally
        {
            // Whatever it says: a failure was told already.
            _ = device.Driver.CtxSynchronize();
            foreach (var candidate in candidates)
                candidate.Dispose();
        }
    }

    private static Try Attempt<TTensors>(ConvolutionTrial<TTensors> trial, IImplementation<TTensors> candidate, IProblem problem)
    {
        try
        {
            var error = trial.Error(candidate);
            return !(error <= problem.Tolerance) ? new(candidate.Name, Ran: true, error, null, "does not agree")
                : trial.Measure(candidate) is { } milliseconds ? new(candidate.Name, Ran: true, error, milliseconds, null)
                : new(candidate.Name, Ran: true, error, null, "agrees, and could not be captured and replayed");
        }
        catch (CudaException failure) when (failure.Status.IsSticky())
        {
            throw new EngineError($"{candidate.Name} of {problem}: {failure.Message}", failure);
        }
        catch (GpuException refusal)
        {
            return new(candidate.Name, Ran: false, double.NaN, null, refusal.Message);
        }
    }

    private static ConvolutionProblem? ProblemOf(Node node, Precision precision) => node.Op switch
    {
        Conv2d op => new(ConvolutionKind.Forward, op.Window, node.Inputs[0].Shape, node.Outputs[0].Shape, precision, op.HasBias, op.HasResidual, op.Relu),
        ConvTranspose2d op =>
            new(ConvolutionKind.Transposed, op.Window, node.Inputs[0].Shape, node.Outputs[0].Shape, precision, op.HasBias, op.HasResidual, op.Relu),
        Conv2dWeightGradient op => new(ConvolutionKind.WeightGradient, op.Window, node.Inputs[0].Shape, node.Inputs[1].Shape, precision),
        _ => null,
    };
}
