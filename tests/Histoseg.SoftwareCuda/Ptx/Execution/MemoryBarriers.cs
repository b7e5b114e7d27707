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

        /// <summary>What those who arrived in this phase know, and what is fenced for them; and of the last phase that ended.</summary>
        public (uint[] Known, uint[] Fenced) Gathering { get; private set; } = (new uint[Ordering.Most], new uint[Ordering.Most]);

        public (uint[] Known, uint[] Fenced) Ended { get; private set; } = (new uint[Ordering.Most], new uint[Ordering.Most]);

        /// <summary>Counts copies that have come.</summary>
        public uint Clock { get; set; }

        /// <summary>Ends the phase if nothing is missing.</summary>
        public void EndIfComplete()
        {
            if (Pending != 0 || Bytes != 0)
                return;
            Ended = Gathering;
            Gathering = ([.. Ended.Known], [.. Ended.Fenced]);
            Pending = Arrivals;
            Phase++;
        }
    }

    private readonly Dictionary<uint, State> barriers = [];

    /// <summary>Instructions by which something came about: the measure of whether a block still moves.</summary>
    public long Progress { get; set; }

    public void Clear() => barriers.Clear();

    public State Start(uint at, int arrivals, int warps) => barriers[at] = new(warps + barriers.Count, arrivals);

    public State? Find(uint at) => barriers.GetValueOrDefault(at);
}
