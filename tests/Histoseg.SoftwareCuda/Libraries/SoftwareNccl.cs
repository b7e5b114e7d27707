using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>Stands in for NCCL on software devices whose ranks are threads of one process: numbers are added up in the order of the ranks.</summary>
/// <remarks>
/// A call is made when its stream runs, and then waits for the other ranks' calls of the same place in the order of calls. As NCCL does, calls of one
/// communicator on several streams come one after another.
/// </remarks>
public sealed unsafe class SoftwareNccl(SoftwareCudaDriver driver) : INccl
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private static readonly Dictionary<ulong, Clique> _cliques = [];
    private static ulong _ids;
    private Clique? _clique;
    private int _rank, _ranks, _calls, _groups;
    private (StreamState Stream, CaptureState? Capture, Timeline Now, IReadOnlyList<int> Frontier)? _last;

    /// <summary>Calls that were given to streams.</summary>
    public int Calls => _calls;

    /// <summary>Whether there is a communicator.</summary>
    public bool IsOpen { get; private set; }

    private sealed class Clique(int count)
    {
        private readonly object _gate = new();
        private readonly Dictionary<(int Call, int Run), float[]?[]> _brought = [];

        private bool _isAborted;

        // What all ranks brought to a call; null: it was aborted.
        public float[]?[]? Exchange((int Call, int Run) call, int rank, float[] numbers)
        {
            lock (_gate)
            {
                if (!_brought.TryGetValue(call, out var all))
                    _brought[call] = all = new float[]?[count];
                all[rank] = numbers;
                Monitor.PulseAll(_gate);
                while (all.Contains(null) && !_isAborted)
                    if (!Monitor.Wait(_gate, _patience))
                        throw new SoftwareCudaFault(CudaStatus.LaunchTimeout, $"call {call} of NCCL by rank {rank}: not all ranks make it");
                if (all.Contains(null))
                    return null;
                var lengths = all.Select(one => one!.Length).Distinct().ToList();
                return lengths.Count == 1 ? all
                    : throw new SoftwareCudaFault(CudaStatus.LaunchFailed, $"call {call} of NCCL is of {string.Join(" and ", lengths)} numbers");
            }
        }

        public void Abort()
        {
            lock (_gate)
            {
                _isAborted = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <inheritdoc/>
    public NcclStatus GetVersion(out int version)
    {
        version = 22000;
        return NcclStatus.Success;
    }

    /// <inheritdoc/>
    public NcclStatus GetUniqueId(out NcclUniqueId id)
    {
        id = default;
        fixed (byte* bytes = id.Internal)
            *(ulong*)bytes = Interlocked.Increment(ref _ids);
        return NcclStatus.Success;
    }

    /// <inheritdoc/>
    public NcclStatus CommInitRank(out nint comm, int ranks, NcclUniqueId id, int rank)
    {
        comm = 0;
        if (rank < 0 || rank >= ranks || _clique is not null)
            return NcclStatus.InvalidArgument;
        lock (_cliques)
        {
            var number = *(ulong*)id.Internal;
            if (!_cliques.TryGetValue(number, out _clique))
                _cliques[number] = _clique = new(ranks);
        }
        (_rank, _ranks, comm, IsOpen) = (rank, ranks, 1, true);
        return NcclStatus.Success;
    }

    /// <inheritdoc/>
    public NcclStatus CommAbort(nint comm)
    {
        if (comm != 1 || _clique is null)
            return NcclStatus.InvalidArgument;
        _clique.Abort();
        IsOpen = false;
        return NcclStatus.Success;
    }

    /// <inheritdoc/>
    public NcclStatus AllReduce(ulong send, ulong receive, nuint count, NcclType type, NcclOperation operation, nint comm, nint stream) =>
        Give("AllReduce", send, receive, count, count, comm, stream, all =>
        {
            var sums = (float[])all[0]!.Clone();
            foreach (var other in all.Skip(1))
                for (var i = 0; i < sums.Length; i++)
                    sums[i] += other![i];
            return operation == NcclOperation.Avg ? Array.ConvertAll(sums, sum => sum / all.Length) : sums;
        });

    /// <inheritdoc/>
    public NcclStatus AllGather(ulong send, ulong receive, nuint count, NcclType type, nint comm, nint stream) =>
        Give("AllGather", send, receive, count, count * (nuint)_ranks, comm, stream, all => [.. all.SelectMany(one => one!)]);

    /// <inheritdoc/>
    public NcclStatus GroupStart()
    {
        _groups++;
        return NcclStatus.Success;
    }

    /// <inheritdoc/>
    public NcclStatus GroupEnd() => --_groups < 0 ? NcclStatus.InvalidUsage : NcclStatus.Success;

    private NcclStatus Give(string name, ulong send, ulong receive, nuint count, nuint made, nint comm, nint stream, Func<float[]?[], float[]> combine)
    {
        if (comm != 1 || _clique is not { } clique || count == 0)
            return NcclStatus.InvalidArgument;
        if (!driver.Handles.TryGet<StreamState>(stream, out var state))
            return NcclStatus.InvalidArgument;
        if (_last is { } last && last.Stream != state && last.Capture == state.Capture)
        {
            if (state.Capture is null)
                state.Now.Join(last.Now);
            else
                state.Frontier = [.. state.Frontier.Union(last.Frontier)];
        }
        var (call, times) = (_calls++, 0);
        var work = new Work($"nccl{name} of {count} numbers", [Access.Read(send, 4 * (ulong)count), Access.Written(receive, 4 * (ulong)made)], run =>
        {
            var own = new Span<float>(run.Device(send), (int)count).ToArray();
            if (clique.Exchange((call, times++), _rank, own) is { } all)
                combine(all).CopyTo(new Span<float>(run.Device(receive), (int)made));
        }, 10_000);
        if (driver.EnqueueLibraryWork(stream, work) != CudaStatus.Success)
            return NcclStatus.InvalidArgument;
        _last = (state, state.Capture, state.Now.Copy(), [.. state.Frontier]);
        return NcclStatus.Success;
    }
}
