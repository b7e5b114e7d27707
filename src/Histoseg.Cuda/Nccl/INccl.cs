namespace Histoseg.Cuda;

/// <summary>What the ranks of one communicator have in common (<c>ncclUniqueId</c>).</summary>
public unsafe struct NcclUniqueId
{
    /// <summary>Its bytes, which mean nothing to anybody but NCCL.</summary>
    public fixed byte Internal[128];
}

/// <summary>NCCL's C functions that the engine calls: sums over GPUs, in the order of a stream. A method is named as its function.</summary>
public unsafe interface INccl
{
    /// <summary>ncclGetVersion: 10000·major + 100·minor + patch.</summary>
    NcclStatus GetVersion(out int version);

    /// <summary>ncclGetUniqueId, which one rank calls for all.</summary>
    NcclStatus GetUniqueId(out NcclUniqueId id);

    /// <summary>ncclCommInitRank, which waits for all ranks; the GPU is that of the current context.</summary>
    NcclStatus CommInitRank(out nint comm, int ranks, NcclUniqueId id, int rank);

    /// <summary>ncclCommAbort: ends calls under way and frees the communicator.</summary>
    NcclStatus CommAbort(nint comm);

    /// <summary>ncclAllReduce; the addresses may be the same.</summary>
    NcclStatus AllReduce(ulong send, ulong receive, nuint count, NcclType type, NcclOperation operation, nint comm, nint stream);

    /// <summary>ncclAllGather: the numbers of rank r go to <paramref name="receive"/> from r·<paramref name="count"/> on.</summary>
    NcclStatus AllGather(ulong send, ulong receive, nuint count, NcclType type, nint comm, nint stream);

    /// <summary>ncclGroupStart: calls until <see cref="GroupEnd"/> are made as one.</summary>
    NcclStatus GroupStart();

    /// <summary>ncclGroupEnd.</summary>
    NcclStatus GroupEnd();
}
