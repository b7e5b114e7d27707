using Histoseg.Engine;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Models;
using Histoseg.Training.Config;

namespace Histoseg.Training.Runs;

/// <summary>Weights that a network begins with instead of random ones: <c>network.pretrained</c>.</summary>
/// <remarks>
/// Of a model or checkpoint of this program: the whole network, see <see cref="PretrainedModel"/>. Of any other file: the backbone, see
/// <see cref="PretrainedBackbone"/>.
/// </remarks>
internal static class Pretrained
{
    /// <summary>
    /// Makes sure that a network can begin with what its config names, by the descriptions in the files alone: no weight is read, no memory taken.
    /// </summary>
    /// <param name="config">What to train; sound.</param>
    /// <exception cref="EngineError">It cannot, and why.</exception>
    public static void RequireFits(TrainConfig config)
    {
        if (config.Network.Pretrained is null)
            return;
        using var source = PretrainedSource.Open(config.Network);
        Plan(config, source, TrainingStep.Record(config, Normalisation.ImageNet).Tape);
    }

    /// <summary>Loads the weights.</summary>
    /// <param name="config">Of which <c>network.pretrained</c> is given.</param>
    /// <param name="program">The network, initialised.</param>
    /// <returns>What was loaded.</returns>
    /// <exception cref="EngineError">The file is damaged or does not fit.</exception>
    public static WeightPlan Load(TrainConfig config, Program<float> program)
    {
        using var source = PretrainedSource.Open(config.Network);
        var plan = Plan(config, source, program.Tape);
        plan.CopyTo(program, source.File, source.Path);
        if (source.Saved is null)
            DownStart.PassThrough(program);
        return plan;
    }

    private static WeightPlan Plan(TrainConfig config, PretrainedSource source, Tape tape)
    {
        Value[] values = [.. tape.Values.Where(ParameterSet<float>.IsModel)];
        return source.Saved is { } saved ? PretrainedModel.Plan(config, source, saved, values) : PretrainedBackbone.Plan(config.Network, source, values);
    }
}
