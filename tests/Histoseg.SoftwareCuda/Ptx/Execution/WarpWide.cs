using System.Numerics;
using System.Runtime.CompilerServices;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>shfl, vote, match, redux and bar.warp: instructions through which the lanes of a warp talk. C is the member mask.</summary>
internal static unsafe class WarpWide
{
    public enum ShuffleMode
    {
        Up, Down, Butterfly, Index,
    }

    /// <summary>A the value, B the lane or distance, List[0] clamp and segment; E the predicate that tells whether the source was in range.</summary>
    public static void Shuffle(Warp w, Instruction* i, uint mask)
    {
        uint* d = (uint*)(w.R + i->D), b = (uint*)(w.R + i->B), c = (uint*)(w.R + w.Pool[i->List]);
        var a = stackalloc uint[Lanes.Count];
        Unsafe.CopyBlock(a, w.R + i->A, 4 * Lanes.Count);
        uint inRange = 0;
        for (var left = mask; left != 0;)
        {
            var lane = Lanes.Take(ref left);
            var segment = (int)(c[lane] >> 8 & 31);
            var clamp = (int)(c[lane] & 31);
            var distance = (int)(b[lane] & 31);
            var last = lane & segment | clamp & ~segment;
            var first = lane & segment;
            var source = (ShuffleMode)i->N switch
            {
                ShuffleMode.Up => lane - distance,
                ShuffleMode.Down => lane + distance,
                ShuffleMode.Butterfly => lane ^ distance,
                _ => first | distance & ~segment,
            };
            var isInRange = (ShuffleMode)i->N == ShuffleMode.Up ? source >= last : source <= last;
            if (isInRange)
                inRange |= 1u << lane;
            else
                source = lane;
            // a lane that does not take part has nothing to give: its value is undefined
            d[lane] = (mask >> source & 1) != 0 ? a[source] : uint.MaxValue;
        }
        if (i->E >= 0)
            w.SetPredicate(i->E, inRange, mask);
    }

    public enum VoteMode
    {
        All, Any, Uniform, Ballot,
    }

    /// <summary>A is the predicate voted on (Width all ones flips it), D a predicate or, for a ballot, a register.</summary>
    public static void Vote(Warp w, Instruction* i, uint mask)
    {
        var members = (uint*)(w.R + i->C);
        var votes = w.Predicate(i->A) ^ (uint)i->Width;
        uint result = 0;
        for (var left = mask; left != 0;)
        {
            var lane = Lanes.Take(ref left);
            var voters = members[lane] & mask;
            var yes = votes & voters;
            if ((VoteMode)i->N == VoteMode.Ballot)
                ((uint*)(w.R + i->D))[lane] = yes;
            else if ((VoteMode)i->N switch { VoteMode.All => yes == voters, VoteMode.Any => yes != 0, _ => yes == 0 || yes == voters })
                result |= 1u << lane;
        }
        if ((VoteMode)i->N != VoteMode.Ballot)
            w.SetPredicate(i->D, result, mask);
    }

    /// <summary>match.any: the lanes that hold the same value.</summary>
    public static void MatchAny<T>(Warp w, Instruction* i, uint mask) where T : unmanaged, IBinaryInteger<T>
    {
        var a = (T*)(w.R + i->A);
        var members = (uint*)(w.R + i->C);
        var result = stackalloc uint[Lanes.Count];
        for (var left = mask; left != 0;)
        {
            var lane = Lanes.Take(ref left);
            result[lane] = 0;
            for (var others = members[lane] & mask; others != 0;)
                if (Lanes.Take(ref others) is var other && a[other] == a[lane])
                    result[lane] |= 1u << other;
        }
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            ((uint*)(w.R + i->D))[lane] = result[lane];
        }
    }

    /// <summary>redux: one value from those of all members, given to all.</summary>
    public static void Reduce<TOp, T>(Warp w, Instruction* i, uint mask) where TOp : IBinary<T> where T : unmanaged
    {
        T* a = (T*)(w.R + i->A), d = (T*)(w.R + i->D);
        var members = (uint*)(w.R + i->C);
        var results = stackalloc T[Lanes.Count];
        for (var left = mask; left != 0;)
        {
            var lane = Lanes.Take(ref left);
            var others = members[lane] & mask;
            results[lane] = a[Lanes.Take(ref others)];
            while (others != 0)
                results[lane] = TOp.Do(results[lane], a[Lanes.Take(ref others)]);
        }
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            d[lane] = results[lane];
        }
    }

    public static void ActiveMask(Warp w, Instruction* i, uint mask)
    {
        for (var left = mask; left != 0;)
            ((uint*)(w.R + i->D))[Lanes.Take(ref left)] = mask;
    }

    /// <summary>Instructions without effect here: fences (memory is always consistent), prefetches, bar.warp.sync beyond its meeting.</summary>
    public static void Nothing(Warp w, Instruction* i, uint mask)
    {
    }

    /// <summary>%clock and %clock64: instructions executed so far.</summary>
    public static void Clock<T>(Warp w, Instruction* i, uint mask) where T : unmanaged, IBinaryInteger<T>
    {
        while (mask != 0)
            ((T*)(w.R + i->D))[Lanes.Take(ref mask)] = T.CreateTruncating(-w.InstructionsLeft);
    }

    public static void Trap(Warp w, Instruction* i, uint mask) =>
        throw w.Block.Fault(FaultKind.BadInstruction, w, i, mask, "the kernel executed trap");
}
