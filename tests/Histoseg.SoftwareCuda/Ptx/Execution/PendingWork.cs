namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>What a block has started and nobody has waited for: copies and arrivals that come about at some time, in any order.</summary>
internal sealed class PendingWork
{
    private readonly List<(Warp? Warp, int Lane, Action Finish)> work = [];

    public int Count => work.Count;

    /// <summary>Adds work; <paramref name="warp"/>: the one whose thread still has copies of its own in it, null if it has not.</summary>
    public void Add(Warp? warp, int lane, Action finish) => work.Add((warp, lane, finish));

    public void Clear() => work.Clear();

    /// <summary>Whether threads of a warp have copies of their own under way.</summary>
    public bool Has(Warp warp, uint lanes) => work.Exists(one => one.Warp == warp && (lanes >> one.Lane & 1) != 0);

    /// <summary>Threads of a warp have waited for all their copies.</summary>
    public void FinishOf(Warp warp, uint lanes)
    {
        for (var at = work.FindIndex(one => one.Warp == warp && (lanes >> one.Lane & 1) != 0); at >= 0;
             at = work.FindIndex(one => one.Warp == warp && (lanes >> one.Lane & 1) != 0))
            Finish(at);
    }

    /// <summary>Some of it comes about; all of it, where nothing else can move.</summary>
    public void Advance(Random random, bool all)
    {
        for (var left = all ? work.Count : (work.Count + 1) / 2; left > 0; left--)
            Finish(random.Next(work.Count));
    }

    private void Finish(int at)
    {
        var finish = work[at].Finish;
        work.RemoveAt(at);
        finish();
    }
}
