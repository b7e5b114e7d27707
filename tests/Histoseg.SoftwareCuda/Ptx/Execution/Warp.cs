using System.Numerics;
using System.Runtime.CompilerServices;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>Why a warp stopped running.</summary>
internal enum WarpState
{
    Ready, AtBarrier, Done,
}

/// <summary>
/// 32 threads that run together while they agree where to go on. Where they differ, the group furthest back in the text runs first, so that
/// groups meet again after a branch; a group at an instruction that needs further lanes waits there for them.
/// </summary>
internal sealed unsafe class Warp
{
    private readonly Instruction* code;
    private readonly int[] lanePc = new int[Lanes.Count];
    private uint active;
    private uint waiting;
    private int pc;
    private int nextOther;
    private long budget;
    private bool yields;
    private bool isAgain;

    public Warp(Block block, int index, byte* registers, uint* predicates)
    {
        Block = block;
        Index = index;
        R = registers;
        P = predicates;
        code = block.Program.Code;
        Pool = block.Program.Pool;
        Shared = block.Shared;
        Ranges = block.Ranges;
        Copies = new(this);
        Products = new(this);
    }

    public Block Block { get; }

    /// <summary>Number of the warp in its block.</summary>
    public int Index { get; }

    /// <summary>The register file: registers from here on, numbers and special registers before.</summary>
    public readonly byte* R;

    /// <summary>A bit per lane for every predicate.</summary>
    public readonly uint* P;

    public readonly int* Pool;

    /// <summary>The allocation each instruction last accessed.</summary>
    public readonly DeviceRange* Ranges;

    public SharedMemory Shared { get; }

    public AsyncCopies Copies { get; }

    public GroupProducts Products { get; }

    /// <summary>Registers of a thread, as setmaxnreg counts them.</summary>
    public int Registers { get; set; }

    /// <summary>Lanes that have not exited.</summary>
    public uint Live { get; private set; }

    /// <summary>Lanes that run the current instruction's group.</summary>
    public uint Active => active;

    public WarpState State { get; set; }

    /// <summary>The barrier the warp waits at.</summary>
    public Instruction* Barrier { get; private set; }

    public long InstructionsLeft => budget;

    /// <summary>The instruction that runs next.</summary>
    public Instruction* Next => code + pc;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Predicate(int number) => P[number];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetPredicate(int number, uint value, uint mask) => P[number] = P[number] & ~mask | value & mask;

    public void Start(uint lanes, long instructions)
    {
        Live = active = lanes;
        waiting = 0;
        pc = 0;
        nextOther = int.MaxValue;
        budget = instructions;
        State = WarpState.Ready;
        Copies.Clear();
        Products.Clear();
        yields = isAgain = false;
    }

    /// <summary>Other warps have their turn after the current instruction.</summary>
    /// <param name="isAgain">Whether it is to run again then.</param>
    public void Yield(bool isAgain) => (yields, this.isAgain) = (true, isAgain);

    /// <summary>Runs until the warp has exited, waits at a barrier or lets others have their turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run()
    {
        while (true)
        {
            if (pc >= nextOther)
                Regroup();
            var i = code + pc;
            if (--budget < 0)
                throw Block.Fault(FaultKind.EndlessLoop, this, i, active, "the warp has used up its instruction budget; it seems to loop for ever");
            var mask = active;
            if (i->Guard >= 0)
                mask &= P[i->Guard] ^ i->GuardFlip;
            switch (i->Kind)
            {
                case InstructionKind.Plain:
                    if (mask != 0)
                        i->Run(this, i, mask);
                    pc++;
                    break;
                case InstructionKind.Yielding:
                    if (mask != 0)
                        i->Run(this, i, mask);
                    pc += isAgain ? 0 : 1;
                    if (yields)
                    {
                        yields = isAgain = false;
                        // Lanes that are elsewhere go on, as these may wait for them.
                        if ((Live & ~waiting & ~active) is not 0 and var others)
                        {
                            Place(active, pc);
                            Choose(others);
                        }
                        return;
                    }
                    break;
                case InstructionKind.Branch:
                    if (mask == active)
                        pc = i->N;
                    else if (mask == 0)
                        pc++;
                    else
                        Split(mask, i->N);
                    break;
                case InstructionKind.IndexedBranch:
                    BranchByIndex(i, mask);
                    break;
                case InstructionKind.Exit:
                    if (mask != 0 && Block.Pending.Count > 0 && Block.Pending.Has(this, mask))
                        throw Block.Fault(FaultKind.MissingWait, this, i, mask, "a thread ends while copies of its own are under way");
                    Live &= ~mask;
                    active &= ~mask;
                    if (Live == 0)
                    {
                        State = WarpState.Done;
                        return;
                    }
                    pc++;
                    if (active == 0)
                        Regroup();
                    break;
                default:
                    if (mask == 0)
                        pc++;
                    else if (mask != active)
                        Split(active & ~mask, pc + 1);
                    else if (!HaveArrived(i))
                        Wait();
                    else if (i->Kind == InstructionKind.WarpWide)
                    {
                        i->Run(this, i, active);
                        pc++;
                    }
                    else
                    {
                        Barrier = i;
                        pc++;
                        State = WarpState.AtBarrier;
                        return;
                    }
                    break;
            }
        }
    }

    /// <summary>Sends some of the active lanes elsewhere; the rest goes on after the current instruction, or at it when it is a warp-wide one.</summary>
    private void Split(uint lanes, int target)
    {
        Place(lanes, target);
        Place(active & ~lanes, code[pc].Kind == InstructionKind.Branch ? pc + 1 : pc);
        Choose();
    }

    private void BranchByIndex(Instruction* i, uint mask)
    {
        Place(active & ~mask, pc + 1);
        var index = (uint*)(R + i->A);
        for (var left = mask; left != 0;)
        {
            var lane = Lanes.Take(ref left);
            if (index[lane] >= (uint)i->N)
                throw Block.Fault(FaultKind.BadInstruction, this, i, 1u << lane, $"branch index {index[lane]} is outside the list of {i->N} targets");
            lanePc[lane] = Pool[i->List + (int)index[lane]];
        }
        Choose();
    }

    private void Place(uint lanes, int target)
    {
        while (lanes != 0)
            lanePc[Lanes.Take(ref lanes)] = target;
    }

    /// <summary>Lets the running group join the others, then chooses which group runs.</summary>
    private void Regroup()
    {
        Place(active, pc);
        Choose();
    }

    private void Choose() => Choose(Live & ~waiting);

    private void Choose(uint candidates)
    {
        if (candidates == 0)
        {
            WakeWaiting();
            return;
        }
        pc = int.MaxValue;
        nextOther = int.MaxValue;
        active = 0;
        for (var left = candidates; left != 0;)
        {
            var lane = Lanes.Take(ref left);
            var at = lanePc[lane];
            if (at < pc)
            {
                nextOther = pc;
                pc = at;
                active = 1u << lane;
            }
            else if (at == pc)
                active |= 1u << lane;
            else if (at < nextOther)
                nextOther = at;
        }
    }

    private void Wait()
    {
        Place(active, pc);
        waiting |= active;
        active = 0;
        Choose();
    }

    /// <summary>All live lanes wait: goes on with a group that has become complete because others exited.</summary>
    private void WakeWaiting()
    {
        for (var left = waiting & Live; left != 0;)
        {
            var first = lanePc[BitOperations.TrailingZeroCount(left)];
            var group = LanesAt(first, waiting & Live);
            pc = first;
            active = group;
            if (HaveArrived(code + first))
            {
                nextOther = int.MaxValue;
                return;
            }
            left &= ~group;
        }
        var one = Lanes.All >> BitOperations.LeadingZeroCount(waiting & Live) & waiting & Live;
        var there = lanePc[BitOperations.TrailingZeroCount(one)];
        var lines = string.Join(", ", Enumerable.Range(0, Lanes.Count).Where(lane => (Live >> lane & 1) != 0)
            .Select(lane => code[lanePc[lane]].Line).Distinct());
        throw Block.Fault(FaultKind.DivergentBarrier, this, code + there, one,
            $"the lanes of a warp wait at different places (PTX lines {lines}); not all the lanes an instruction needs reach it");
    }

    private uint LanesAt(int place, uint among)
    {
        uint found = 0;
        while (among != 0)
        {
            var lane = Lanes.Take(ref among);
            if (lanePc[lane] == place)
                found |= 1u << lane;
        }
        return found;
    }

    /// <summary>Whether the lanes the instruction needs are here; lanes that waited here join the group then.</summary>
    private bool HaveArrived(Instruction* i)
    {
        var needed = Live;
        if (i->Kind == InstructionKind.WarpWide && i->Immediate == 0)
        {
            needed = 0;
            var members = (uint*)(R + i->C);
            for (var left = active; left != 0;)
                needed |= members[Lanes.Take(ref left)];
            if ((active & ~needed) != 0)
                throw Block.Fault(FaultKind.BadInstruction, this, i, active & ~needed,
                    "a lane executes the instruction that is not among the members it names");
        }
        if (active == (needed & Live) && waiting == 0)
            return true;
        var arrived = active | LanesAt(pc, waiting & Live);
        if ((needed & Live & ~arrived) != 0)
            return false;
        active = arrived;
        waiting &= ~arrived;
        return true;
    }
}
