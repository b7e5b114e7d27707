using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Profiling;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Planning;

/// <summary>Times a network and each of its operations on random weights and patches of noise.</summary>
internal static class StepProfile
{
    private const int Seed = 1;

    /// <summary>Small enough that a few updates on noise lead nowhere.</summary>
    private const float Rate = 1e-4f;

    /// <summary>Times one training step of a config: forward pass, loss, gradients, update.</summary>
    /// <exception cref="EngineError">A setting is out of range, there is not enough memory, or the loss is not a number.</exception>
    public static ProgramTimes OfTraining(TrainConfig config, Backend backend, int runs, CancellationToken cancel)
    {
        var recorded = TrainingStep.Record(config, Normalisation.ImageNet);
        using var program = Compile(recorded.Tape, backend, config.Data.Classes.Count);
        var rows = new float[recorded.Rows.Shape.Count];
        for (var n = 0; n < recorded.Rows.Shape.N; n++)
            AugmentationRow.Write(Augmentation.None, rows.AsSpan(n * recorded.Rows.Shape.C, recorded.Rows.Shape.C));
        program.Write(recorded.Rows, rows);
        program.Write(recorded.Rate, [Rate]);
        return Measure(program, recorded.Loss, runs, cancel);
    }

    /// <summary>Times one inference pass of a config's network with folded batch norms.</summary>
    /// <exception cref="EngineError">A setting is out of range, there is not enough memory, or the answers are not numbers.</exception>
    public static ProgramTimes OfInference(TrainConfig config, Backend backend, int runs, CancellationToken cancel)
    {
        var recorded = PatchSegmenter.Record(config.CreateNetwork(), config.Data.PatchSize, config.Inference.BatchSize, Normalisation.ImageNet).Rewritten();
        using var program = Compile(recorded.Tape, backend, config.Data.Classes.Count);
        return Measure(program, recorded.Probabilities, runs, cancel);
    }

    private static Program<float> Compile(Tape tape, Backend backend, int classes)
    {
        var program = backend.Compile(tape);
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
        return program;
    }

    private static ProgramTimes Measure(Program<float> program, Value result, int runs, CancellationToken cancel)
    {
        var times = ProgramTimes.Measure(program, runs, cancel);
        return program.IsFinite(result) ? times
            : throw new EngineError("on random weights the network gives no numbers, so that its times mean nothing; use a smaller network.width");
    }
}
