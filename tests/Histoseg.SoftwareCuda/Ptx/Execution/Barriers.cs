namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>Barriers of a block. A barrier's number is in its A; N tells what it reduces.</summary>
internal static unsafe class Barriers
{
    /// <summary>What bar.red does with the predicates of all threads.</summary>
    public enum Reduction
    {
        None, Count, And, Or,
    }

    /// <summary>All warps have run until a barrier or to their end.</summary>
    public static void Meet(Block block, Warp[] warps)
    {
        var waiting = Array.FindAll(warps, warp => warp.State == WarpState.AtBarrier);
        var first = waiting[0].Barrier;
        foreach (var warp in waiting)
            if (warp.Barrier != first)
                throw block.Fault(FaultKind.DivergentBarrier, warp, warp.Barrier, warp.Live,
                    $"warp {warp.Index} waits at this barrier while warp {waiting[0].Index} waits at the one in {block.Place(first->Index)}");
        if (first->N != (int)Reduction.None)
            Reduce(waiting, first);
        block.Shared.Barrier();
        foreach (var warp in waiting)
            warp.State = WarpState.Ready;
    }

    private static void Reduce(Warp[] warps, Instruction* barrier)
    {
        var count = 0;
        var threads = 0;
        foreach (var warp in warps)
        {
            var predicate = warp.Predicate(barrier->C) ^ (uint)barrier->Immediate;
            count += System.Numerics.BitOperations.PopCount(predicate & warp.Live);
            threads += System.Numerics.BitOperations.PopCount(warp.Live);
        }
        foreach (var warp in warps)
            if (barrier->N == (int)Reduction.Count)
                for (var left = warp.Live; left != 0;)
                    ((uint*)(warp.R + barrier->D))[Lanes.Take(ref left)] = (uint)count;
            else
                warp.SetPredicate(barrier->D, (barrier->N == (int)Reduction.And ? count == threads : count > 0) ? Lanes.All : 0, warp.Live);
    }
}
