using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cpu;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Nn;
using Histoseg.Engine.Tensors;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Export.Tests;

/// <summary>A narrow network with random weights and running statistics, as training leaves them.</summary>
internal sealed record TrainedModel(ModelDescription Description, ParameterSet<float> Weights)
{
    public static TrainedModel Of(Network settings, int patchSize, int seed = 1)
    {
        var description = new ModelDescription
        {
            Network = settings.Description,
            NumClasses = settings.Classes,
            ClassNames = [.. Enumerable.Range(0, settings.Classes).Select(c => c == 0 ? "background" : $"Gewebe \"ä{c}\"")],
            PatchSizePixels = patchSize,
            SpacingUmPx = 0.5,
            Normalisation = new([0.7, 0.5, 0.6], [0.2, 0.25, 0.15]),
            TrainingData = "nothing at all",
            Iteration = 17,
        };
        var tape = new Tape();
        settings.Record(new Layers(tape, NetworkMode.Evaluation), tape.Input("image", new Shape(1, patchSize, patchSize, 3)));
        using var backend = new CpuBackend(1);
        using var program = backend.Compile<float>(tape);
        var random = new Random(seed);
        foreach (var value in tape.Values.Where(ParameterSet<float>.IsModel))
            program.Write(value, Draw(value, random));
        return new(description, ParameterSet<float>.From(program));
    }

    // Gains near 1 and Kaiming's spread keep the signal alive through fifty layers, so that the probabilities depend on every one of them.
    private static float[] Draw(Value value, Random random)
    {
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var isWeight = value.Rank == 4;
        var spread = Math.Sqrt(2.0 / (value.Shape.H * value.Shape.W * value.Shape.C));
        var numbers = new float[value.Shape.Count];
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] = (float)(isWeight ? spread * Normal()
                : value.Name.EndsWith("running_var", StringComparison.Ordinal) ? 0.6 + random.NextDouble()
                : value.Name.EndsWith("weight", StringComparison.Ordinal) ? 0.8 + 0.4 * random.NextDouble()
                : 0.3 * Normal());
        return numbers;
    }
}
