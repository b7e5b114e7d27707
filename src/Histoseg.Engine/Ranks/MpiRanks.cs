using System.Diagnostics;
using System.Text;

namespace Histoseg.Engine.Ranks;

/// <summary>Ranks through Open MPI.</summary>
/// <remarks>
/// Calls are started and asked after until they are done, not waited for inside the library: so a limit can be kept, and the processor is left to whoever
/// computes on it. In a process MPI starts once, so there is one group of this kind.
/// </remarks>
internal sealed unsafe class MpiRanks : RankGroup
{
    private static readonly TimeSpan _eager = TimeSpan.FromMilliseconds(2), _farewell = TimeSpan.FromSeconds(30);
    private readonly MpiLibrary _mpi;
    // Of its own, so that who leaves in the middle of an update is not taken for taking part in it.
    private readonly nint _leaving;
    private bool _broken;

    private MpiRanks(MpiLibrary mpi, int rank, int count, TimeSpan limit) : base(rank, count, limit)
    {
        _mpi = mpi;
        Check(MpiNative.CommDup(mpi.World, out _leaving), "MPI_Comm_dup");
    }

    /// <inheritdoc/>
    public override string Description => $"{Count} ranks over {_mpi.Version}";

    /// <summary>Starts MPI and finds the others.</summary>
    /// <param name="mpi">The library.</param>
    /// <param name="place">What the launcher's variables tell, which MPI must agree with.</param>
    /// <param name="limit">The longest a call waits for the others.</param>
    /// <exception cref="RankError">MPI does not start, or was not started by its own launcher.</exception>
    public static MpiRanks Open(MpiLibrary mpi, RankPlace place, TimeSpan limit)
    {
        Check(MpiNative.Initialized(out var started), "MPI_Initialized");
        if (started != 0)
            throw new RankError("MPI is started once in a process, and was already");
        Check(MpiNative.InitThread(null, null, MpiNative.ThreadSerialized, out var threads), "MPI_Init_thread");
        Check(MpiNative.CommSetErrhandler(mpi.World, mpi.ErrorsReturn), "MPI_Comm_set_errhandler");
        Check(MpiNative.CommRank(mpi.World, out var rank), "MPI_Comm_rank");
        Check(MpiNative.CommSize(mpi.World, out var count), "MPI_Comm_size");
        if (threads < MpiNative.ThreadSerialized)
            throw new RankError($"{mpi.Version} was built for programs of one thread; install one that allows several (MPI_THREAD_SERIALIZED)");
        return (rank, count) == (place.Rank, place.Count) ? new MpiRanks(mpi, rank, count, limit)
            : throw new RankError($"this is rank {place.Rank} of {place.Count} by the launcher's variables and {rank} of {count} by {mpi.Version}: "
                + "start it with the mpirun of the same MPI");
    }

    /// <inheritdoc/>
    public override void Sum(Span<float> numbers)
    {
        fixed (float* first = numbers)
            Finish(MpiNative.Iallreduce(MpiNative.InPlace, first, numbers.Length, _mpi.Float, _mpi.Add, _mpi.World, out var request), request);
    }

    /// <inheritdoc/>
    public override void Sum(Span<double> numbers)
    {
        fixed (double* first = numbers)
            Finish(MpiNative.Iallreduce(MpiNative.InPlace, first, numbers.Length, _mpi.Double, _mpi.Add, _mpi.World, out var request), request);
    }

    /// <inheritdoc/>
    public override void Broadcast(Span<float> numbers)
    {
        fixed (float* first = numbers)
            Finish(MpiNative.Ibcast(first, numbers.Length, _mpi.Float, 0, _mpi.World, out var request), request);
    }

    private void Finish(int status, nint request)
    {
        // Until it has come back well the others may wait for this rank, or the library still write.
        _broken = true;
        Check(status, "the call");
        if (!IsDone(request, Limit))
            throw RankError.Silent("another rank", Limit);
        _broken = false;
    }

    private static bool IsDone(nint request, TimeSpan limit)
    {
        for (var since = Stopwatch.GetTimestamp(); ;)
        {
            Check(MpiNative.Test(ref request, out var done, null), "MPI_Test");
            if (done != 0)
                return true;
            var waited = Stopwatch.GetElapsedTime(since);
            if (waited > limit)
                return false;
            // Each question moves the transfer on: often while it may be under way, seldom where another rank is still computing.
            if (waited < _eager)
                Thread.Yield();
            else
                Thread.Sleep(waited < 25 * _eager ? 0 : 1);
        }
    }

    private static void Check(int status, string call)
    {
        if (status == MpiNative.Success)
            return;
        var text = stackalloc byte[MpiNative.LongestError];
        MpiNative.ErrorString(status, text, out var length);
        throw new RankError($"MPI: {call} failed: {Encoding.UTF8.GetString(text, Math.Clamp(length, 0, MpiNative.LongestError))}");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // Who leaves in the middle of a call, or before the others, leaves MPI unfinished: when the process ends the launcher sees that and ends theirs.
        try
        {
            if (!_broken && MpiNative.Ibarrier(_leaving, out var request) == MpiNative.Success && IsDone(request, _farewell))
                MpiNative.Finalize();
        }
        catch (RankError)
        {
            // What made this rank leave is what counts.
        }
    }
}
