namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>What a block has started and nobody has waited for: copies and arrivals that come about at some time, in any order.</summary>
internal sealed class PendingWork
{
    private readonly List<Action> work = [];

    public int Count => work.Count;

    public void Add(Action finish) => work.Add(finish);

    public void Clear() => work.Clear();

    /// <summary>Some of it comes about; all of it, where nothing else can move.</summary>
    public void Advance(Random random, bool all)
    {
        for (var left = all ? work.Count : (work.Count + 1) / 2; left > 0; left--)
        {
            var at = random.Next(work.Count);
            var finish = work[at];
            work.RemoveAt(at);
            finish();
        }
    }
}
