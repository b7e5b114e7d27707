using System.Security.Cryptography;
using System.Text;
using Histoseg.Engine;
using Histoseg.Engine.Ranks;
using Histoseg.Training.Config;

namespace Histoseg.Training.Runs;

/// <summary>What a rank tells the others before an update.</summary>
internal enum TeamWord
{
    /// <summary>It is ready for the update.</summary>
    GoesOn,
    /// <summary>The leader is busy and will say more: nothing but a sign of life.</summary>
    IsBusy,
    /// <summary>It was asked to stop.</summary>
    Stops,
    /// <summary>It cannot go on.</summary>
    Fails,
    /// <summary>The leader has nothing more to train.</summary>
    Ends,
}

/// <summary>Patches of an update over all ranks.</summary>
/// <param name="Patches">In all.</param>
/// <param name="Positives">Those that showed a foreground class.</param>
/// <param name="Unreadable">Those that could not be read.</param>
internal sealed record TeamCounts(int Patches, int Positives, int Unreadable);

/// <summary>What all ranks said.</summary>
/// <param name="Words">The word of each.</param>
/// <param name="Counts">Their patches.</param>
internal sealed record TeamNews(IReadOnlyList<TeamWord> Words, TeamCounts Counts)
{
    /// <summary>Whether the update is to be made.</summary>
    public bool GoesOn => Words.All(word => word == TeamWord.GoesOn);
}

/// <summary>
/// The ranks of a run, who meet before every update: rank 0, the leader, decides whether it is made, and hears who was asked to stop or cannot go on. While
/// the leader validates, saves or prepares, it gives signs of life, so that the others wait for it however long that takes, but not for one that has gone.
/// </summary>
internal sealed class TrainingTeam : IDisposable
{
    private static readonly TimeSpan _longestBeat = TimeSpan.FromSeconds(30);
    private readonly RankGroup _ranks;
    private readonly object _gate = new();
    private readonly ManualResetEventSlim _leaves = new();
    private readonly Thread? _beat;
    private bool _isApart = true, _hasMet, _isOver;
    private RankError? _lost;

    /// <summary>A team of ranks, which stay the caller's.</summary>
    public TrainingTeam(RankGroup ranks)
    {
        _ranks = ranks;
        if (!ranks.IsLeader)
            return;
        _beat = new Thread(Beat) { IsBackground = true, Name = "signs of life" };
        _beat.Start();
    }

    /// <summary>How many there are.</summary>
    public int Count => _ranks.Count;

    /// <summary>Makes sure that all ranks were given the same config.</summary>
    /// <exception cref="ConfigError">They were not.</exception>
    public static void RequireSame(RankGroup ranks, TrainConfig config)
    {
        var hashes = ranks.Gather(BitConverter.ToUInt32(SHA256.HashData(Encoding.UTF8.GetBytes(YamlWriter.Write(config)))));
        if (hashes.Any(other => other != hashes[0]))
            throw new ConfigError($"the {ranks.Count} ranks were started with different configs; give all the same file and options");
    }

    /// <summary>Meets the others, saying a word, and hears theirs; then ranks are together until <see cref="Part"/>.</summary>
    /// <param name="word">This rank's.</param>
    /// <param name="own">The patches it has ready.</param>
    /// <exception cref="RankError">A rank has gone or answers nothing.</exception>
    public TeamNews Meet(TeamWord word, TeamCounts? own = null)
    {
        lock (_gate)
        {
            TeamNews news;
            do
                news = Exchange(word, own);
            while (news.Words[0] == TeamWord.IsBusy);
            (_isApart, _hasMet) = (false, true);
            return news;
        }
    }

    /// <summary>Says a word that ends the run until the leader says its last, which it does when what there is is saved.</summary>
    /// <param name="word">This rank's.</param>
    /// <returns>The leader's last word, and whether it would have gone on.</returns>
    /// <exception cref="RankError">A rank has gone or answers nothing.</exception>
    public (TeamWord Last, bool CouldGoOn) HearOut(TeamWord word)
    {
        for (var couldGoOn = false; ; couldGoOn = true)
            if (Meet(word).Words[0] is var last and not TeamWord.GoesOn)
                return (last, couldGoOn);
    }

    /// <summary>Whether ranks are not together in an update, where all fail alike.</summary>
    public bool IsApart
    {
        get
        {
            lock (_gate)
                return _isApart;
        }
    }

    /// <summary>Each rank goes about its own business again.</summary>
    public void Part()
    {
        lock (_gate)
            _isApart = true;
    }

    /// <summary>The leader's last word. It reaches nobody where ranks were together: then all failed alike.</summary>
    public void End(TeamWord word)
    {
        lock (_gate)
        {
            if (_isOver || !_isApart || !_ranks.IsLeader)
                return;
            _isOver = true;
            try
            {
                Exchange(word, null);
            }
            catch (RankError)
            {
                // Nobody is left to hear it.
            }
        }
    }

    /// <summary>Gives all ranks the leader's weights, momenta and running statistics, and its iteration.</summary>
    /// <param name="step">This rank's step.</param>
    /// <param name="iteration">The leader's; the others' does not count.</param>
    /// <returns>The leader's iteration.</returns>
    /// <exception cref="RankError">A rank has gone or answers nothing.</exception>
    /// <exception cref="EngineError">Some compute on GPUs and some on processors, or GPUs do not come together.</exception>
    public int Share(TrainingStep step, int iteration)
    {
        var gpus = _ranks.Gather(step.IsOnGpu ? 1 : 0).Sum();
        if (gpus > 0 && gpus < Count)
            throw new EngineError(Figures.Text($"{gpus:0} of {Count} ranks compute on a GPU, the others on a processor; give them all GPUs, or none"))
            { Remedy = Remedy.UseProcessor };
        step.Program.JoinRanks();
        foreach (var value in step.Persistent)
        {
            var numbers = _ranks.IsLeader ? step.Program.Read(value) : new float[value.Shape.Count];
            _ranks.Broadcast(numbers);
            if (!_ranks.IsLeader)
                step.Program.Write(value, numbers);
        }
        return (int)_ranks.Gather(iteration)[0];
    }

    /// <summary>
    /// While the result is held a GPU may wait for other ranks, for each of its updates as long as the group's limit; then they are taken for gone.
    /// </summary>
    public IDisposable? Watch(TrainingStep step) =>
        step.IsOnGpu ? new Timer(_ => _ranks.Break(), null, _ranks.Limit * (1 + step.Pending), Timeout.InfiniteTimeSpan) : null;

    /// <summary>Makes sure that no rank was taken for gone: what a GPU computed with it is worth nothing.</summary>
    /// <exception cref="RankError">One was.</exception>
    public void RequireWhole()
    {
        if (_ranks.IsBroken)
            throw _lost is { } lost ? new RankError(lost.Message, lost) : RankError.Silent("another rank", _ranks.Limit);
    }

    private TeamNews Exchange(TeamWord word, TeamCounts? own)
    {
        var said = new double[Count + 3];
        said[_ranks.Rank] = (int)word;
        if (own is not null)
            (said[^3], said[^2], said[^1]) = (own.Patches, own.Positives, own.Unreadable);
        RequireWhole();
        try
        {
            _ranks.Sum(said);
        }
        catch (RankError error)
        {
            // Nobody waits for it once more, nor does a GPU.
            _lost = error;
            _ranks.Break();
            throw;
        }
        return new([.. said.Take(Count).Select(one => (TeamWord)(int)one)], new((int)said[^3], (int)said[^2], (int)said[^1]));
    }

    private void Beat()
    {
        var pause = _ranks.Limit / 4 < _longestBeat ? _ranks.Limit / 4 : _longestBeat;
        while (!_leaves.Wait(pause))
        {
            lock (_gate)
            {
                // Until all have prepared they wait for one another.
                if (!_isApart || !_hasMet || _isOver || _lost is not null)
                    continue;
                try
                {
                    Exchange(TeamWord.IsBusy, null);
                }
                catch (RankError)
                {
                    // The next to meet hears of it.
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _leaves.Set();
        _beat?.Join();
        _leaves.Dispose();
    }
}
