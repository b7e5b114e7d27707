using Histoseg.Engine.Backends;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Data;

namespace Histoseg.Training.Runs;

/// <summary>A run's batches, which are loaded ahead, and what its losses tell about which slides are hard.</summary>
internal sealed class TrainingBatches
{
    // Of a GPU's updates so many losses are not known yet; and draws may be no more than a round of updates ahead of those that are.
    private const int MostAhead = SlideLosses.Round - TrainingStep.MostPending;

    private readonly TrainConfig _config;
    private readonly PatchSampler _sampler;
    private readonly PatchLoader _loader;

    /// <summary>Batches of a run that begins; where <c>data.hard_share</c> is 0 no losses are kept.</summary>
    public TrainingBatches(TrainConfig config, TrainingData data)
    {
        _config = config;
        Losses = config.Data.HardShare > 0 ? new(data.Training.Slides.Count) : null;
        (_sampler, _loader) = (TrainingPatches.Sampler(config, data, Losses), TrainingPatches.Loader(config, data));
    }

    /// <summary>The losses of slides; null: none are kept.</summary>
    public SlideLosses? Losses { get; }

    /// <summary>Loads the batches of one rank.</summary>
    /// <param name="backend">How many threads load.</param>
    /// <param name="iteration">The update to begin with.</param>
    /// <param name="rank">The rank.</param>
    public PatchPrefetcher Ahead(Backend backend, long iteration, int rank = 0)
    {
        var ahead = Math.Max(4, backend.Readers);
        return new(_sampler, _loader, _config.Training.BatchSize, iteration, Losses is null ? ahead : Math.Min(ahead, MostAhead), backend.Readers,
            first: rank * _config.Training.BatchSize);
    }

    /// <summary>Takes in updates whose losses are known now, the oldest first.</summary>
    /// <remarks>An update's patches are drawn again: so every rank knows those of all, without being told.</remarks>
    public void Learn(IReadOnlyList<StepResult> steps)
    {
        if (Losses is null)
            return;
        foreach (var step in steps)
        {
            var update = Losses.Updates;
            Losses.Add([.. Enumerable.Range(0, step.Patches).Select(place => _sampler.Draw(update, place).Slide)], step.Loss.Total);
        }
    }
}
