using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Data;

namespace Histoseg.Training.Runs;

/// <summary>The patches of a run: which are drawn, and how they are loaded.</summary>
internal static class TrainingPatches
{
    /// <summary>Draws them: a pure function of seed, iteration and place in the batch.</summary>
    public static PatchSampler Sampler(TrainConfig config, TrainingData data) => new(data.Training, (ulong)(uint)config.Seed, config.Data.PositiveShare);

    /// <summary>Loads them.</summary>
    public static PatchLoader Loader(TrainConfig config, TrainingData data) => new(data.Training, config.Augmentation.ToSettings());
}
