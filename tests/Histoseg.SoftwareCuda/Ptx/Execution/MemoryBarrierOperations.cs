namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>mbarrier, cp.async.mbarrier.arrive, fences between ordinary writes and products, setmaxnreg. A is the barrier's address.</summary>
internal static unsafe class MemoryBarrierOperations
{
    /// <summary>mbarrier.init: B is how many arrivals end a phase.</summary>
    public static void Start(Warp w, Instruction* i, uint mask)
    {
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            var at = At(w, i, lane);
            var arrivals = ((uint*)(w.R + i->B))[lane];
            if (arrivals is 0 or >= 1 << 20)
                throw w.Block.Fault(FaultKind.BadInstruction, w, i, 1u << lane, $"a barrier of {arrivals} arrivals");
            if (w.Block.MemoryBarriers.Find(at) is not null)
                throw w.Block.Fault(FaultKind.BadInstruction, w, i, 1u << lane, $"the barrier at 0x{at:x} is started while it is in use", at);
            if (w.Shared.Order!.StartBarrier(at, w.Index, i->Index) is { } conflict)
                throw Accesses.Race(w, i, lane, at, true, conflict);
            if (!w.Block.MemoryBarriers.TryStart(at, (int)arrivals, w.Block.WarpCount))
                throw w.Block.Fault(FaultKind.BadInstruction, w, i, 1u << lane, $"more than {Ordering.Most} warps and barriers, which are not kept apart here");
        }
    }

    /// <summary>mbarrier.arrive; B are bytes that the phase waits for as well, int.MinValue: none.</summary>
    public static void Arrive(Warp w, Instruction* i, uint mask)
    {
        var order = w.Shared.Order!;
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            var barrier = Find(w, i, lane, At(w, i, lane), false);
            if (i->B != int.MinValue)
                barrier.Bytes += ((uint*)(w.R + i->B))[lane];
            barrier.Gather(order, w.Index);
            Count(w, i, lane, barrier);
        }
        order.Known[w.Index][w.Index]++;
    }

    /// <summary>cp.async.mbarrier.arrive.noinc: an arrival when the thread's copies so far are there. It says nothing of what else the thread did.</summary>
    public static void ArriveBehindCopies(Warp w, Instruction* i, uint mask)
    {
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            var barrier = Find(w, i, lane, At(w, i, lane), false);
            var copies = w.Copies.Take(lane);
            w.Block.Pending.Add(copies.Count > 0 ? w : null, lane, () =>
            {
                barrier.Tick();
                copies.ForEach(copy => w.Copies.Finish(copy, barrier));
                Count(w, i, lane, barrier);
            });
        }
    }

    /// <summary>mbarrier.try_wait.parity: D tells whether the phase of parity B has ended. Where not, other warps have their turn.</summary>
    public static void TryWait(Warp w, Instruction* i, uint mask)
    {
        uint passed = 0;
        MemoryBarriers.State? told = null;
        var order = w.Shared.Order!;
        for (var left = mask; left != 0;)
        {
            var lane = Lanes.Take(ref left);
            var barrier = Find(w, i, lane, At(w, i, lane), false);
            var parity = ((uint*)(w.R + i->B))[lane];
            if (parity > 1)
                throw w.Block.Fault(FaultKind.BadInstruction, w, i, 1u << lane, $"a phase's parity is 0 or 1, not {parity}");
            if ((barrier.Phase & 1) == parity)
                continue;
            passed |= 1u << lane;
            // Lanes mostly wait for the same.
            if (barrier != told)
                barrier.Tell(order, w.Index);
            told = barrier;
        }
        w.SetPredicate(i->D, passed, mask);
        if (passed == mask)
            w.Block.MemoryBarriers.Progress++;
        else
            w.Yield(isAgain: false);
    }

    public static void Fence(Warp w, Instruction* i, uint mask) => w.Shared.Order?.Fence(w.Index, mask, w.Live);

    public static void ShowBarriers(Warp w, Instruction* i, uint mask) => w.Shared.Order?.ShowBarriers(w.Index, mask);

    /// <summary>setmaxnreg: N registers per thread from here on; an increase waits for others' decreases.</summary>
    public static void SetRegisters(Warp w, Instruction* i, uint mask)
    {
        var block = w.Block;
        if (i->E == 0 ? i->N > w.Registers : i->N < w.Registers)
            throw block.Fault(FaultKind.BadInstruction, w, i, mask,
                $"setmaxnreg.{(i->E == 0 ? "dec" : "inc")} to {i->N} registers; a thread has {w.Registers}");
        if (block.FreeRegisters < i->N - w.Registers)
        {
            w.Yield(isAgain: true);
            return;
        }
        block.FreeRegisters -= i->N - w.Registers;
        w.Registers = i->N;
        block.MemoryBarriers.Progress++;
    }

    /// <summary>The barrier at an address; <paramref name="isBox"/>: as the accelerator sees it.</summary>
    public static MemoryBarriers.State Find(Warp w, Instruction* i, int lane, uint at, bool isBox)
    {
        if (w.Block.MemoryBarriers.Find(at) is not { } barrier)
            throw w.Block.Fault(FaultKind.BadInstruction, w, i, 1u << lane, $"no barrier was started at shared address 0x{at:x}", at);
        if (!w.Shared.Order!.KnowsBarrier(at, w.Index, null))
            throw w.Block.Fault(FaultKind.SharedRace, w, i, 1u << lane, $"the barrier at shared address 0x{at:x} may not have been started yet", at);
        if (isBox && !w.Shared.Order.KnowsBarrier(at, w.Index, lane))
            throw w.Block.Fault(FaultKind.MissingFence, w, i, 1u << lane,
                $"the barrier at shared address 0x{at:x} was started without a fence that shows it to box copies", at);
        return barrier;
    }

    private static uint At(Warp w, Instruction* i, int lane)
    {
        var at = Accesses.Address(w, i, lane);
        SharedSpace.Check(w, i, lane, at, 8, 8);
        return (uint)at;
    }

    private static void Count(Warp w, Instruction* i, int lane, MemoryBarriers.State barrier)
    {
        if (--barrier.Pending < 0)
            throw w.Block.Fault(FaultKind.BadInstruction, w, i, 1u << lane, $"more than {barrier.Arrivals} arrivals in one phase");
        barrier.EndIfComplete();
        w.Block.MemoryBarriers.Progress++;
    }
}
