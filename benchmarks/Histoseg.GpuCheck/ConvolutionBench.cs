using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Ops;

namespace Histoseg.GpuCheck;

/// <summary>Tries every implementation there is of every convolution of a tape: whether it agrees with the own kernel, and how long it takes.</summary>
/// <param name="device">The GPU with its libraries.</param>
/// <param name="precision">Number type of activations.</param>
internal sealed class ConvolutionBench(CudaDevice device, Precision precision)
{
    /// <summary>What was found for one implementation.</summary>
    /// <param name="Name">Implementation and algorithm.</param>
    /// <param name="Milliseconds">Time of a run; null if it failed or does not agree with the first.</param>
    public readonly record struct Try(string Name, double? Milliseconds);

    /// <summary>The convolutions of a tape, each with the number of nodes that compute it.</summary>
    public IEnumerable<(ConvolutionProblem Problem, int Count)> Problems(Tape tape) =>
        tape.Nodes.Select(ProblemOf).OfType<ConvolutionProblem>().GroupBy(p => p).Select(g => (g.Key, g.Count()));

    /// <summary>Tries all implementations of one convolution; the first is the own kernel that the others are compared with.</summary>
    public IReadOnlyList<Try> Run(ConvolutionProblem problem)
    {
        using var memory = new CudaMemory(device, MemoryPlan.For(new Tape(), sizeof(ushort), sizeof(float)), precision);
        var candidates = device.Convolutions.Candidates(problem, memory.Table<int>(TapTable.Of(problem.Geometry)));
        try
        {
            using var trial = new ConvolutionTrial(device, problem, candidates.Max(c => c.WorkspaceBytes));
            trial.Expect(candidates[0]);
            return [.. candidates.Select(c => new Try(c.Name, trial.Measure(c)))];
        }
        finally
        {
            device.Driver.CtxSynchronize().Check("cuCtxSynchronize");
            foreach (var candidate in candidates)
                candidate.Dispose();
        }
    }

    private ConvolutionProblem? ProblemOf(Node node)
    {
        var (x, y) = (node.Inputs[0].Shape, node.Outputs.Count > 0 ? node.Outputs[0].Shape : default);
        return node.Op switch
        {
            Conv2d op => new(ConvolutionKind.Forward, op.Window, x, y, precision, op.HasBias, op.HasResidual, op.Relu),
            ConvTranspose2d op => new(ConvolutionKind.Transposed, op.Window, x, y, precision, op.HasBias, Relu: op.Relu),
            Conv2dWeightGradient op => new(ConvolutionKind.WeightGradient, op.Window, x, node.Inputs[1].Shape, precision),
            _ => null,
        };
    }
}
