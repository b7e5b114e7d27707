namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>The barriers in shared memory (mbarrier) of a block, by address.</summary>
internal sealed class MemoryBarriers
{
    /// <summary>One barrier. Its phases follow one another; a phase ends when all arrivals and all bytes expected have come.</summary>
    internal sealed class State
    {
        public State(int actor, int arrivals) => (Actor, Arrivals, Pending) = (actor, arrivals, arrivals);

        /// <summary>The actor as which <see cref="Ordering"/> knows what copies behind this barrier do.</summary>
        public int Actor { get; }

        public int Arrivals { get; }

        public int Pending { get; set; }

        /// <summary>Bytes that box copies still have to bring; below 0 where they came before they were expected.</summary>
        public long Bytes { get; set; }

        /// <summary>Phases that have ended.</summary>
        public int Phase { get; private set; }

        /// <summary>Counts copies that have come.</summary>
        public uint Clock { get; private set; }

        /// <summary>A warp arrives: who waits for this phase knows what it knows.</summary>
        public void Gather(Ordering order, int warp) => Join(gathering, order, warp, into: true);

        /// <summary>A warp has seen the last phase end.</summary>
        public void Tell(Ordering order, int warp) => Join(ended, order, warp, into: false);

        /// <summary>A copy behind this barrier comes.</summary>
        public void Tick() => gathering[0][Actor] = ++Clock;

        // Known, fenced for products, shown to box copies.
        private uint[][] gathering = New(), ended = New();

        private static uint[][] New() => [new uint[Ordering.Most], new uint[Ordering.Most], new uint[Ordering.Most]];

        private static void Join(uint[][] own, Ordering order, int warp, bool into)
        {
            foreach (var (mine, its) in own.Zip((uint[][])[order.Known[warp], order.Fenced[warp], order.Shown[warp]]))
                Ordering.Join(into ? mine : its, into ? its : mine);
        }

        /// <summary>Ends the phase if nothing is missing.</summary>
        public void EndIfComplete()
        {
            if (Pending != 0 || Bytes != 0)
                return;
            ended = gathering;
            gathering = [.. ended.Select(clock => clock.ToArray())];
            Pending = Arrivals;
            Phase++;
        }
    }

    private readonly Dictionary<uint, State> barriers = [];

    /// <summary>Instructions by which something came about: the measure of whether a block still moves.</summary>
    public long Progress { get; set; }

    public void Clear() => barriers.Clear();

    /// <summary>Starts one; false if there are too many actors.</summary>
    public bool TryStart(uint at, int arrivals, int warps)
    {
        var actor = warps + barriers.Count;
        if (actor >= Ordering.Most)
            return false;
        barriers[at] = new(actor, arrivals);
        return true;
    }

    public State? Find(uint at) => barriers.GetValueOrDefault(at);
}
