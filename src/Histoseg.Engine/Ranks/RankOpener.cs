namespace Histoseg.Engine.Ranks;

/// <summary>Brings the processes of a training together.</summary>
public static class RankOpener
{
    /// <summary>The ranks this process was started with by <c>torchrun</c>, <c>mpirun</c> or <c>srun</c>; null: it is alone.</summary>
    /// <param name="limit">The longest a call waits for the others.</param>
    /// <exception cref="RankError">They do not come together, or MPI is not there.</exception>
    public static RankGroup? OfThisProcess(TimeSpan limit) => RankPlace.Of(Environment.GetEnvironmentVariable) is { } place ? Open(place, limit) : null;

    /// <summary>Opens the group a place is in.</summary>
    /// <param name="place">This process's place.</param>
    /// <param name="limit">The longest a call waits for the others.</param>
    /// <exception cref="RankError">They do not come together, or MPI is not there.</exception>
    public static RankGroup Open(RankPlace place, TimeSpan limit)
    {
        var group = Meet(place, limit);
        (group.LocalRank, group.Cores) = (place.LocalRank, CoreShare.Of(group));
        return group;
    }

    private static RankGroup Meet(RankPlace place, TimeSpan limit)
    {
        if (place.Meeting is { } meeting)
            return TcpRanks.Open(place.Rank, place.Count, meeting, limit);
        var mpi = MpiLibrary.Found;
        return mpi.IsAvailable ? MpiRanks.Open(mpi.Library, place, limit)
            : throw new RankError($"this is rank {place.Rank} of {place.Count}, started by MPI, and {mpi.Reason}");
    }
}
