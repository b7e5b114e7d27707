using System.Runtime.InteropServices;

namespace Histoseg.Cuda;

/// <summary>NCCL's C functions, the same since 2.10.</summary>
/// <remarks>Checked against <c>native/abi/nccl.csv</c>.</remarks>
internal static unsafe partial class NcclNative
{
    internal const string Library = "nccl";

    [LibraryImport(Library, EntryPoint = "ncclGetVersion")]
    internal static partial NcclStatus GetVersion(out int version);

    [LibraryImport(Library, EntryPoint = "ncclGetUniqueId")]
    internal static partial NcclStatus GetUniqueId(out NcclUniqueId id);

    [LibraryImport(Library, EntryPoint = "ncclCommInitRank")]
    internal static partial NcclStatus CommInitRank(out nint comm, int ranks, NcclUniqueId id, int rank);

    [LibraryImport(Library, EntryPoint = "ncclCommAbort")]
    internal static partial NcclStatus CommAbort(nint comm);

    [LibraryImport(Library, EntryPoint = "ncclAllReduce")]
    internal static partial NcclStatus AllReduce(
        ulong send, ulong receive, nuint count, NcclType type, NcclOperation operation, nint comm, nint stream);

    [LibraryImport(Library, EntryPoint = "ncclAllGather")]
    internal static partial NcclStatus AllGather(ulong send, ulong receive, nuint count, NcclType type, nint comm, nint stream);

    [LibraryImport(Library, EntryPoint = "ncclGroupStart")]
    internal static partial NcclStatus GroupStart();

    [LibraryImport(Library, EntryPoint = "ncclGroupEnd")]
    internal static partial NcclStatus GroupEnd();
}
