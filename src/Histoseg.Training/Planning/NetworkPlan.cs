using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Rewriting;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Planning;

/// <summary>One line of a plan: an operation of the tape.</summary>
/// <param name="Operation">Its name.</param>
/// <param name="Scope">The layer that recorded it.</param>
/// <param name="Output">The shape of its first output, or null if it has none.</param>
/// <param name="Flops">Floating-point operations.</param>
/// <param name="Bytes">Bytes read and written at least once, in float32.</param>
internal sealed record PlannedOperation(string Operation, string Scope, Shape? Output, long Flops, long Bytes);

/// <summary>What a network costs, known before anything runs.</summary>
/// <param name="Operations">Every node in order.</param>
/// <param name="Parameters">Learned numbers.</param>
/// <param name="ParametersWithoutBackbone">Those outside the backbone, which is what papers that start from a pretrained one tend to count.</param>
/// <param name="PersistentBytes">Parameters, state and inputs, in float32.</param>
/// <param name="ArenaBytes">Peak of all intermediates with memory reused.</param>
/// <param name="UnsharedBytes">The same without reuse.</param>
/// <param name="GpuBytes">Device memory the whole takes on a GPU, without the convolutions' workspace.</param>
internal sealed record NetworkPlan(IReadOnlyList<PlannedOperation> Operations, long Parameters, long ParametersWithoutBackbone,
    long PersistentBytes, long ArenaBytes, long UnsharedBytes, long GpuBytes)
{
    /// <summary>What of an inference pass is recorded in another way than the network has it, for less work.</summary>
    public IReadOnlyList<AppliedRewrite> Rewrites { get; private init; } = [];

    /// <summary>Floating-point operations of an inference pass as the network has it.</summary>
    public long PlainFlops { get; private init; }

    /// <summary>Floating-point operations of one run.</summary>
    public long Flops => Operations.Sum(o => o.Flops);

    /// <summary>Bytes read and written at least once in one run, in float32.</summary>
    public long Bytes => Operations.Sum(o => o.Bytes);

    /// <summary>Plans one training step: forward, loss, gradients, update.</summary>
    /// <exception cref="Engine.EngineError">A setting is out of range.</exception>
    public static NetworkPlan ForTraining(TrainConfig config)
    {
        var tape = TrainingTape(config, config.Training.BatchSize);
        return Of(tape, PlannedMemory.OnGpu(tape, config.Training.Precision));
    }

    /// <summary>Bytes of all that a training run has in memory of networks: the step, that of validation, and that of the batch norms' statistics.</summary>
    public static long WholeRun(TrainConfig config, Backend backend) =>
        BesideTraining(config, backend.BytesNeeded) + StepAndStatistics(config, config.Training.BatchSize, backend.BytesNeeded);

    /// <summary>
    /// The largest training batch whose plan, beside those of validation and of the batch norms' statistics, fits into a device's memory, or 0.
    /// </summary>
    public static int LargestTrainingBatch(TrainConfig config, Backend backend) => LargestTrainingBatch(config, backend.UsableMemory(), backend.BytesNeeded);

    /// <summary>The same for so many bytes, of which tapes need as many as <paramref name="bytesNeeded"/> tells.</summary>
    internal static int LargestTrainingBatch(TrainConfig config, long bytes, Func<Tape, long> bytesNeeded) => FittingBatch.Largest(
        bytes - BesideTraining(config, bytesNeeded), TrainConfig.LeastBatch, MostBatch, batch => StepAndStatistics(config, batch, bytesNeeded));

    private static long BesideTraining(TrainConfig config, Func<Tape, long> bytesNeeded) =>
        bytesNeeded(InferenceTape(config.CreateNetwork(), config.Data.PatchSize, config.Inference.BatchSize));

    private static long StepAndStatistics(TrainConfig config, int batch, Func<Tape, long> bytesNeeded) => bytesNeeded(TrainingTape(config, batch))
        + (config.Training.StatisticsBatches == 0 ? 0 : bytesNeeded(PreciseStatistics.Record(config, batch, Normalisation.ImageNet).Tape));

    /// <summary>The largest inference batch whose plan fits into a device's memory, or 0.</summary>
    public static int LargestInferenceBatch(TrainConfig config, Backend backend) =>
        FittingBatch.Largest(backend.UsableMemory(), 1, MostBatch,
            batch => backend.BytesNeeded(InferenceTape(config.CreateNetwork(), config.Data.PatchSize, batch)));

    private const int MostBatch = 1024;

    private static Tape TrainingTape(TrainConfig config, int batch) =>
        TrainingStep.Record(config with { Training = config.Training with { BatchSize = batch } }, Normalisation.ImageNet).Tape;

    /// <summary>Plans one inference pass with folded batch norms.</summary>
    /// <param name="network">The network.</param>
    /// <param name="patchSize">Side of the patch.</param>
    /// <param name="batchSize">Patches per pass.</param>
    /// <param name="precision">Number type of activations on a GPU.</param>
    /// <exception cref="Engine.EngineError">A setting is out of range.</exception>
    public static NetworkPlan ForInference(Network network, int patchSize, int batchSize, Precision precision = Precision.Bf16)
    {
        var plain = PatchSegmenter.Record(network, patchSize, batchSize, Normalisation.ImageNet);
        var rewritten = plain.Rewritten();
        return Of(rewritten.Tape, PlannedMemory.OnGpu(rewritten.Tape, precision)) with
        {
            Rewrites = rewritten.Rewrites,
            PlainFlops = plain.Tape.Nodes.Sum(node => node.Op.Cost(node).Flops),
        };
    }

    private static Tape InferenceTape(Network network, int patchSize, int batchSize) =>
        PatchSegmenter.Record(network, patchSize, batchSize, Normalisation.ImageNet).Rewritten().Tape;

    private static NetworkPlan Of(Tape tape, long gpuBytes)
    {
        var memory = MemoryPlan.For(tape, sizeof(float));
        var operations = tape.Nodes.Select(node =>
        {
            var work = node.Op.Cost(node);
            return new PlannedOperation(node.Op.Name, node.Scope, node.Outputs.Count > 0 ? node.Outputs[0].Shape : null, work.Flops,
                work.Elements * sizeof(float));
        });
        return new NetworkPlan([.. operations], tape.Parameters.Sum(p => p.Shape.Count),
            tape.Parameters.Where(p => !p.Name.StartsWith(Network.Backbone, StringComparison.Ordinal)).Sum(p => p.Shape.Count),
            memory.PersistentBytes, memory.ArenaBytes, memory.UnsharedBytes, gpuBytes);
    }
}
