namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>cp.async: copies from global to shared memory that arrive when they are waited for.</summary>
internal static unsafe class AsyncCopyOperations
{
    /// <summary>
    /// To the shared address A (Width bytes of register) + Immediate from the global address B + E, N bytes, of which C
    /// (int.MinValue: all) are read and the rest is zero.
    /// </summary>
    public static void Start(Warp w, Instruction* i, uint mask)
    {
        var pc = i->Index;
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            var to = Accesses.Address(w, i, lane);
            SharedSpace.Check(w, i, lane, to, i->N, i->N);
            var source = i->C == int.MinValue ? (uint)i->N : ((uint*)(w.R + i->C))[lane];
            if (source > (uint)i->N)
                throw w.Block.Fault(FaultKind.BadInstruction, w, i, 1u << lane, $"cp.async of {i->N} bytes is told to read {source}");
            var from = ((ulong*)(w.R + i->B))[lane] + (ulong)i->E;
            // an address that nothing is read from need not be valid, but it must be aligned
            if (source == 0 && (from & (ulong)(i->N - 1)) != 0)
                throw Accesses.Misaligned(w, i, lane, from, i->N, "global");
            // … and not so far off that its upper bits are no address of the device any more
            if (source == 0 && !w.Block.Memory.IsNear(from))
                throw w.Block.Fault(FaultKind.OutOfBounds, w, i, 1u << lane, $"cp.async that reads nothing is given 0x{from:x}, far from all memory");
            var place = source == 0 ? null : GlobalSpace.At(w, i, lane, from, (int)source, i->N, false);
            if (w.Block.Shared.StartCopy((uint)to, i->N, w.Index, pc) is { } conflict)
                throw Accesses.Race(w, i, lane, to, true, conflict);
            w.Copies.Add(lane, (uint)to, place, i->N, (int)source, pc);
        }
    }

    public static void Commit(Warp w, Instruction* i, uint mask) => w.Copies.Commit(mask);

    /// <summary>N groups may stay under way; −1: none, and not the uncommitted copies either.</summary>
    public static void Wait(Warp w, Instruction* i, uint mask)
    {
        w.Copies.Wait(mask, i->N);
        // Copies that a barrier in memory waits for are in no group, but among all.
        if (i->N < 0)
            w.Block.Pending.FinishOf(w, mask);
    }
}
