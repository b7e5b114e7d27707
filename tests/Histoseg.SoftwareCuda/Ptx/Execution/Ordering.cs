using System.Runtime.InteropServices;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>
/// Which accesses to a block's shared memory come before which, where barriers in memory (mbarrier) order them and not the whole block at once. Every actor
/// (a warp, or what copies behind a barrier in memory) counts what it lets others know; a clock has for each actor how far its doings are known. An access
/// may follow another only if it is known. Beside, what ordinary instructions wrote is to be fenced before matrix products and box copies may touch it.
/// </summary>
internal sealed unsafe class Ordering : IDisposable
{
    /// <summary>Actors: warps, then barriers in memory in the order in which they were started.</summary>
    public const int Most = 64;

    private readonly uint words;
    private readonly Word* last;
    private readonly uint* reads;
    private readonly int warps;

    // Of each lane of each warp: what it fenced, and the barriers in memory that it showed; of each warp, what others handed on of the second.
    private readonly uint[][][] fencedByLane, barriersByLane;
    private readonly uint[][] barriersShown;

    private struct Word
    {
        public uint Clock;

        /// <summary>How often it was written.</summary>
        public uint Version;
        public ushort Instruction;
        public byte Writer;
        public State State;
    }

    private enum State : byte
    {
        /// <summary>Nobody has written it.</summary>
        Untouched,

        /// <summary>Written by an ordinary instruction or cp.async, which products and box copies see behind a fence only.</summary>
        Ordinary,

        /// <summary>Written by a box copy.</summary>
        Boxed,

        /// <summary>A copy to it is under way.</summary>
        Pending,

        /// <summary>Part of a barrier.</summary>
        Barrier,
    }

    public Ordering(uint size, int warps)
    {
        words = size / 4 + 1;
        this.warps = warps;
        last = (Word*)NativeMemory.AllocZeroed(words, (nuint)sizeof(Word));
        reads = (uint*)NativeMemory.AllocZeroed(words * (nuint)warps, sizeof(uint));
        (Known, Fenced, Shown, barriersShown) = (OfWarps(() => new uint[Most]), OfWarps(() => new uint[Most]), OfWarps(() => new uint[Most]),
            OfWarps(() => new uint[Most]));
        (fencedByLane, barriersByLane) = (OfWarps(() => new uint[Lanes.Count][]), OfWarps(() => new uint[Lanes.Count][]));

        T[] OfWarps<T>(Func<T> make) => [.. Enumerable.Range(0, warps).Select(_ => make())];
    }

    /// <summary>Each warp's clock.</summary>
    public uint[][] Known { get; }

    /// <summary>Of each warp, what ordinary writes are visible to products that it starts.</summary>
    public uint[][] Fenced { get; }

    /// <summary>The same for box copies, as far as barriers have handed it on; a lane has what it fenced itself besides.</summary>
    public uint[][] Shown { get; }

    /// <summary>Forgets everything, for the next block.</summary>
    public void Reset()
    {
        NativeMemory.Clear(last, words * (nuint)sizeof(Word));
        NativeMemory.Clear(reads, words * (nuint)warps * sizeof(uint));
        for (var w = 0; w < warps; w++)
        {
            Array.Clear(Known[w]);
            Array.Clear(Fenced[w]);
            Array.Clear(Shown[w]);
            Array.Clear(barriersShown[w]);
            Array.Fill(fencedByLane[w], new uint[Most]);
            Array.Fill(barriersByLane[w], new uint[Most]);
            Known[w][w] = 1;
        }
    }

    public static void Join(uint[] into, uint[] from)
    {
        for (var k = 0; k < Most; k++)
            into[k] = Math.Max(into[k], from[k]);
    }

    /// <summary>All threads have met.</summary>
    public void Meet()
    {
        for (var w = 0; w < warps; w++)
        {
            foreach (var clock in fencedByLane[w])
                Join(Shown[w], clock);
            foreach (var clock in barriersByLane[w])
                Join(barriersShown[w], clock);
        }
        foreach (var clocks in (uint[][][])[Known, Fenced, Shown, barriersShown])
        {
            var all = new uint[Most];
            foreach (var clock in clocks)
                Join(all, clock);
            foreach (var clock in clocks)
                all.CopyTo(clock, 0);
        }
        for (var w = 0; w < warps; w++)
            Known[w][w]++;
    }

    /// <summary>fence.proxy.async by some lanes: what the warp knows now, their box copies see, and products as far as all its lanes have fenced it.</summary>
    public void Fence(int warp, uint lanes, uint live)
    {
        uint[] now = [.. Known[warp]];
        // What the warp writes from here on is not fenced.
        Known[warp][warp]++;
        var areAll = lanes == live;
        while (lanes != 0)
            fencedByLane[warp][Lanes.Take(ref lanes)] = now;
        if (areAll)
        {
            now.CopyTo(Fenced[warp], 0);
            return;
        }
        for (var k = 0; k < Most; k++)
        {
            var least = uint.MaxValue;
            for (var left = live; left != 0;)
                least = Math.Min(least, fencedByLane[warp][Lanes.Take(ref left)][k]);
            Fenced[warp][k] = Math.Max(Fenced[warp][k], least);
        }
    }

    /// <summary>fence.mbarrier_init by some lanes: their box copies see the barriers that the warp knows to have been started.</summary>
    public void ShowBarriers(int warp, uint lanes)
    {
        uint[] now = [.. Known[warp]];
        Known[warp][warp]++;
        while (lanes != 0)
            barriersByLane[warp][Lanes.Take(ref lanes)] = now;
    }

    /// <summary>An ordinary access of a warp; null, or what it conflicts with.</summary>
    public Conflict? Touch(uint at, int width, int warp, int pc, bool isWrite)
    {
        for (var word = at / 4; word <= (at + (uint)width - 1) / 4; word++)
        {
            if (Clash(word, Known[warp], isWrite) is { } clash)
                return clash;
            Note(word, warp, Known[warp][warp], pc, isWrite, State.Ordinary);
        }
        return null;
    }

    /// <summary>A read by a matrix product that a warp started: what ordinary instructions wrote must be fenced.</summary>
    /// <param name="at">Where.</param>
    /// <param name="width">How many bytes.</param>
    /// <param name="warp">The warp.</param>
    /// <param name="pc">The instruction.</param>
    /// <param name="version">Grows by a number that is another where anyone has written meanwhile.</param>
    public Conflict? ReadByProduct(uint at, int width, int warp, int pc, ref ulong version)
    {
        var (known, fenced, first) = (Known[warp], Fenced[warp], at / 4);
        for (var word = first; word < (at + (uint)width) / 4; word++)
        {
            // Neighbours mostly come from one and the same write.
            ref var entry = ref last[word];
            if (word == first || entry.Clock != last[word - 1].Clock || entry.Writer != last[word - 1].Writer || entry.State != last[word - 1].State)
            {
                if (Clash(word, known, false) is { } clash)
                    return clash;
                if (Unfenced(word, fenced) is { } unfenced)
                    return unfenced;
            }
            version += entry.Version;
            Note(word, warp, known[warp], pc, false, State.Ordinary);
        }
        return null;
    }

    /// <summary>A copy that a warp starts will write here; a box copy needs what stood here fenced.</summary>
    public Conflict? StartCopy(uint at, int width, int warp, int pc, int? boxLane)
    {
        for (var word = at / 4; word < (at + (uint)width) / 4; word++)
        {
            if (Clash(word, Known[warp], true) is { } clash)
                return clash;
            if (boxLane is { } lane && Unfenced(word, Shown[warp]) is { } unfenced && Unfenced(word, fencedByLane[warp][lane]) is not null)
                return unfenced;
            Note(word, warp, Known[warp][warp], pc, true, State.Pending);
        }
        return null;
    }

    /// <summary>The copy is there, by the doing of an actor.</summary>
    public void EndCopy(uint at, int width, int actor, uint clock, bool isBox)
    {
        for (var word = at / 4; word < (at + (uint)width) / 4; word++)
            Note(word, actor, clock, last[word].Instruction, true, isBox ? State.Boxed : State.Ordinary);
    }

    /// <summary>A barrier is started here by an ordinary write.</summary>
    public Conflict? StartBarrier(uint at, int warp, int pc)
    {
        if (Touch(at, 8, warp, pc, true) is { } conflict)
            return conflict;
        last[at / 4].State = last[at / 4 + 1].State = State.Barrier;
        return null;
    }

    /// <summary>Whether a warp knows that a barrier was started here; for a lane's box copies it must be shown as well.</summary>
    public bool KnowsBarrier(uint at, int warp, int? boxLane)
    {
        var word = last[at / 4];
        uint[][] clocks = boxLane is { } lane ? [barriersShown[warp], Shown[warp], barriersByLane[warp][lane], fencedByLane[warp][lane]] : [Known[warp]];
        return word.State == State.Barrier && Array.Exists(clocks, clock => word.Clock <= clock[word.Writer]);
    }

    private Conflict? Clash(uint word, uint[] known, bool isWrite)
    {
        var entry = last + word;
        if (entry->State == State.Pending)
            return new(true, entry->Instruction, entry->Writer, true);
        if (entry->State == State.Barrier)
            return new(false, entry->Instruction, entry->Writer, true) { IsBarrier = true };
        if (entry->State != State.Untouched && entry->Clock > known[entry->Writer])
            return new(false, entry->Instruction, entry->Writer < warps ? entry->Writer : -1, true);
        if (isWrite)
            for (var w = 0; w < warps; w++)
                if (reads[word * (uint)warps + (uint)w] > known[w])
                    return new(false, entry->Instruction, w, false);
        return null;
    }

    private Conflict? Unfenced(uint word, uint[] fenced)
    {
        var entry = last + word;
        return entry->State == State.Ordinary && entry->Clock > fenced[entry->Writer]
            ? new(false, entry->Instruction, entry->Writer < warps ? entry->Writer : -1, true) { IsUnfenced = true }
            : null;
    }

    private void Note(uint word, int actor, uint clock, int pc, bool isWrite, State state)
    {
        if (isWrite)
            last[word] = new() { Clock = clock, Version = last[word].Version + 1, Instruction = (ushort)pc, Writer = (byte)actor, State = state };
        else
            reads[word * (uint)warps + (uint)actor] = clock;
    }

    public void Dispose()
    {
        NativeMemory.Free(last);
        NativeMemory.Free(reads);
    }
}
