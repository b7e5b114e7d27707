namespace Histoseg.Cuda;

/// <summary>The installed NCCL; comes from <see cref="CudaLibraries.Nccl"/>, which has loaded it.</summary>
internal sealed class Nccl : INccl
{
    public NcclStatus GetVersion(out int version) => NcclNative.GetVersion(out version);

    public NcclStatus GetUniqueId(out NcclUniqueId id) => NcclNative.GetUniqueId(out id);

    public NcclStatus CommInitRank(out nint comm, int ranks, NcclUniqueId id, int rank) => NcclNative.CommInitRank(out comm, ranks, id, rank);

    public NcclStatus CommAbort(nint comm) => NcclNative.CommAbort(comm);

    public NcclStatus AllReduce(ulong send, ulong receive, nuint count, NcclType type, NcclOperation operation, nint comm, nint stream) =>
        NcclNative.AllReduce(send, receive, count, type, operation, comm, stream);

    public NcclStatus AllGather(ulong send, ulong receive, nuint count, NcclType type, nint comm, nint stream) =>
        NcclNative.AllGather(send, receive, count, type, comm, stream);

    public NcclStatus GroupStart() => NcclNative.GroupStart();

    public NcclStatus GroupEnd() => NcclNative.GroupEnd();
}
