using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Profiling;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Planning;

/// <summary>Times every operation of a network on random weights and patches of noise.</summary>
internal static class StepProfile
{
    private const int Seed = 1;

    /// <summary>Times one training step of a config: forward pass, loss, gradients, update.</summary>
    /// <exception cref="Engine.EngineError">A setting is out of range or there is not enough memory.</exception>
    public static IReadOnlyList<NodeTime> OfTraining(TrainConfig config, ProcessorBackend backend, int runs, CancellationToken cancel)
    {
        var recorded = TrainingStep.Record(config, Normalisation.ImageNet);
        return Measure(recorded.Tape, backend, config.Data.Classes.Count, runs, cancel);
    }

    /// <summary>Times one inference pass of a config's network with folded batch norms.</summary>
    /// <exception cref="Engine.EngineError">A setting is out of range or there is not enough memory.</exception>
    public static IReadOnlyList<NodeTime> OfInference(TrainConfig config, ProcessorBackend backend, int runs, CancellationToken cancel)
    {
        var network = config.CreateNetwork();
        var recorded = PatchSegmenter.Record(network, config.Data.PatchSize, config.Inference.BatchSize, Normalisation.ImageNet);
        return Measure(recorded.Tape, backend, config.Data.Classes.Count, runs, cancel);
    }

    private static IReadOnlyList<NodeTime> Measure(Tape tape, ProcessorBackend backend, int classes, int runs, CancellationToken cancel)
    {
        using var program = backend.Compile(tape);
        Initialisation.KaimingNormal(program, Seed);
        var random = new Random(Seed);
        foreach (var input in tape.Values.Where(value => value.Kind == ValueKind.Input && value.Type == ElementType.UInt8))
        {
            var bytes = new byte[checked((int)input.Shape.Count)];
            random.NextBytes(bytes);
            if (input.Shape.C == 1)
                for (var i = 0; i < bytes.Length; i++)
                    bytes[i] = (byte)(bytes[i] % classes);
            program.Write(input, bytes);
        }
        return NodeTime.Measure(program, runs, cancel);
    }
}
