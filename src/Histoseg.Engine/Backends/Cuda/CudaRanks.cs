using System.Runtime.InteropServices;
using Histoseg.Cuda;
using Histoseg.Engine.Ranks;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>The GPUs of the ranks of a training, through NCCL: one communicator, and a stream on which gradients travel beside what is computed.</summary>
internal sealed unsafe class CudaRanks : IDisposable
{
    private const uint NonBlocking = 1;
    private readonly CudaDevice _device;
    private readonly INccl _nccl;
    private readonly RankGroup _group;
    private nint _comm;
    private Task? _abort;

    /// <summary>The GPU among others, which it meets in <see cref="Join"/>.</summary>
    public CudaRanks(CudaDevice device, INccl nccl, RankGroup group)
    {
        (_device, _nccl, _group) = (device, nccl, group);
        device.MakeCurrent();
        device.Driver.StreamCreate(out var stream, NonBlocking).Check("cuStreamCreate");
        Stream = stream;
        group.Broken += Abort;
    }

    /// <summary>Brings the GPUs together; waits for all ranks.</summary>
    /// <exception cref="RankError">A rank has gone or answers nothing.</exception>
    /// <exception cref="NcclException">NCCL does not start.</exception>
    public void Join()
    {
        _device.MakeCurrent();
        NcclUniqueId id = default;
        if (_group.IsLeader)
            _nccl.GetUniqueId(out id).Check("ncclGetUniqueId");
        _group.Broadcast(MemoryMarshal.Cast<byte, float>(new Span<byte>(id.Internal, sizeof(NcclUniqueId))));
        // It waits without end for a rank that does not come.
        var shared = id;
        var init = Task.Run(() =>
        {
            _device.MakeCurrent();
            return (_nccl.CommInitRank(out var comm, _group.Count, shared, _group.Rank), comm);
        });
        if (!init.Wait(_group.Limit))
            throw RankError.Silent("another rank", _group.Limit);
        (var status, _comm) = init.Result;
        status.Check("ncclCommInitRank");
    }

    /// <summary>Number of ranks.</summary>
    public int Count => _group.Count;

    /// <summary>The stream on which gradients travel.</summary>
    public nint Stream { get; }

    /// <summary>Adds float32 numbers up over the ranks, or averages them, behind what the stream has to do before.</summary>
    public void Reduce(ulong send, ulong receive, long count, NcclOperation operation, nint stream) =>
        _nccl.AllReduce(send, receive, (nuint)count, NcclType.Float32, operation, _comm, stream).Check("ncclAllReduce");

    /// <summary>Gives every rank the float32 numbers of all, one rank's after another's.</summary>
    public void Gather(ulong send, ulong receive, long count, nint stream) =>
        _nccl.AllGather(send, receive, (nuint)count, NcclType.Float32, _comm, stream).Check("ncclAllGather");

    /// <summary>Makes several calls as one.</summary>
    public void Together(Action calls)
    {
        _nccl.GroupStart().Check("ncclGroupStart");
        calls();
        _nccl.GroupEnd().Check("ncclGroupEnd");
    }

    /// <summary>Ends calls that are under way: a stream that waits for a rank that has gone comes to its end.</summary>
    /// <remarks>NCCL comes back only when no graph holds its calls any more, so nobody waits for it here.</remarks>
    private void Abort()
    {
        if (Interlocked.Exchange(ref _comm, 0) is not 0 and var comm)
            _abort = Task.Run(() => _nccl.CommAbort(comm));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _group.Broken -= Abort;
        _device.MakeCurrentToFree();
        Abort();
        _abort?.Wait(_group.Limit);
        _device.Driver.StreamDestroy(Stream);
    }
}
