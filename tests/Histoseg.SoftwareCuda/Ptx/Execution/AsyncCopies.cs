namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>The cp.async copies of a warp that no thread has waited for yet. Groups are counted per thread.</summary>
internal sealed unsafe class AsyncCopies(Warp warp)
{
    internal readonly record struct Copy(int Lane, int Group, uint To, nint From, int Bytes, int SourceBytes, int Pc);

    private readonly List<Copy> pending = [];
    private readonly int[] committed = new int[Lanes.Count];

    public bool IsIdle => pending.Count == 0;

    public void Clear()
    {
        pending.Clear();
        Array.Clear(committed);
    }

    public void Add(int lane, uint to, byte* from, int bytes, int sourceBytes, int pc) =>
        pending.Add(new(lane, committed[lane], to, (nint)from, bytes, sourceBytes, pc));

    public void Commit(uint lanes)
    {
        while (lanes != 0)
            committed[Lanes.Take(ref lanes)]++;
    }

    /// <summary>Finishes all groups of the lanes but the last <paramref name="allowed"/>; −1 finishes uncommitted copies too.</summary>
    public void Wait(uint lanes, int allowed)
    {
        var kept = 0;
        var all = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pending);
        foreach (var copy in all)
        {
            if ((lanes >> copy.Lane & 1) == 0 || copy.Group >= committed[copy.Lane] - allowed)
            {
                all[kept++] = copy;
                continue;
            }
            Finish(copy, null);
        }
        pending.RemoveRange(kept, pending.Count - kept);
    }

    /// <summary>Takes a thread's copies out, for a barrier in memory to wait for.</summary>
    public List<Copy> Take(int lane)
    {
        var taken = pending.FindAll(copy => copy.Lane == lane);
        pending.RemoveAll(copy => copy.Lane == lane);
        return taken;
    }

    /// <summary>Makes a copy, by the doing of a barrier in memory or of the warp.</summary>
    public void Finish(Copy copy, MemoryBarriers.State? barrier)
    {
        var shared = warp.Block.Shared;
        var to = new Span<byte>(shared.Host + copy.To, copy.Bytes);
        new ReadOnlySpan<byte>((byte*)copy.From, copy.SourceBytes).CopyTo(to);
        to[copy.SourceBytes..].Clear();
        if (barrier is not null)
            shared.Order!.EndCopy(copy.To, copy.Bytes, barrier.Actor, barrier.Clock, isBox: false);
        else
            shared.EndCopy(copy.To, copy.Bytes, warp.Index, copy.Pc);
    }
}
