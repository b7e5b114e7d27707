using Histoseg.Engine;
using Histoseg.Engine.Backends;
using Histoseg.Engine.Ranks;
using Histoseg.Segmentation.Models;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Data;

namespace Histoseg.Training.Runs;

/// <summary>Makes the updates of a run that another rank leads, on patches of its own; it writes nothing.</summary>
internal sealed class TrainingFollower : IDisposable
{
    private readonly TrainConfig _config;
    private readonly TrainingData _data;
    private readonly Backend _backend;
    private readonly RankGroup _ranks;
    private readonly TrainingTeam _team;
    private readonly TrainingStep _step;

    /// <summary>Compiles the step.</summary>
    /// <exception cref="EngineError">A setting is out of range, or there is not enough memory.</exception>
    public TrainingFollower(TrainConfig config, TrainingData data, Backend backend, RankGroup ranks, TrainingTeam team)
    {
        (_config, _data, _backend, _ranks, _team) = (config, data, backend, ranks, team);
        _step = new TrainingStep(backend, config, Normalisation.ImageNet, acrossRanks: true);
    }

    /// <summary>Follows until the leader says its last word.</summary>
    /// <param name="cancel">Has the leader stop the run after the present update.</param>
    /// <returns>The leader's last word.</returns>
    /// <exception cref="UserError">A slide cannot be read, the loss diverged, or a rank has gone.</exception>
    public TeamWord Run(CancellationToken cancel)
    {
        var begins = _team.Meet(Word(cancel));
        if (!begins.GoesOn)
            return LastWord(begins, cancel);
        var iteration = _team.Share(_step, 0);
        _team.Part();
        using var batches = new PatchPrefetcher(TrainingPatches.Sampler(_config, _data), TrainingPatches.Loader(_config, _data),
            _config.Training.BatchSize, iteration, ahead: Math.Max(4, _backend.Readers), _backend.Readers, first: _ranks.Rank * _config.Training.BatchSize);
        while (true)
        {
            var batch = batches.Next(CancellationToken.None);
            var news = _team.Meet(Word(cancel), new(batch.Count, batch.Positives, batch.Unreadable));
            if (!news.GoesOn)
                return LastWord(news, cancel);
            using (_team.Watch(_step))
                _step.Run(batch, LearningRate.At(_config, iteration), _data.Training.Slides, news.Counts);
            _team.Part();
            iteration++;
            batches.Return(batch);
            if (!_step.IsFull)
                continue;
            using (_team.Watch(_step))
                _step.Collect(_data.Training.Slides, toSave: false);
        }
    }

    private static TeamWord Word(CancellationToken cancel) => cancel.IsCancellationRequested ? TeamWord.Stops : TeamWord.GoesOn;

    // Where another rank stops or fails, the leader saves what there is, and then tells.
    private TeamWord LastWord(TeamNews news, CancellationToken cancel) =>
        news.Words[0] == TeamWord.GoesOn ? _team.HearOut(Word(cancel)).Last : news.Words[0];

    /// <inheritdoc/>
    public void Dispose()
    {
        using (_team.Watch(_step))
            _step.Dispose();
    }
}
