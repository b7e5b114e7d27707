using System.Runtime.InteropServices;

namespace Histoseg.Engine.Ranks;

/// <summary>The C functions of MPI that ranks need. Handles are pointers, as Open MPI has them.</summary>
internal static unsafe partial class MpiNative
{
    internal const string Library = "mpi";

    /// <summary><c>MPI_SUCCESS</c>.</summary>
    internal const int Success = 0;

    /// <summary><c>MPI_THREAD_SERIALIZED</c>: any thread calls, one at a time.</summary>
    internal const int ThreadSerialized = 2;

    /// <summary><c>MPI_MAX_ERROR_STRING</c> of Open MPI.</summary>
    internal const int LongestError = 256;

    /// <summary><c>MPI_IN_PLACE</c>.</summary>
    internal static readonly void* InPlace = (void*)1;

    [LibraryImport(Library, EntryPoint = "MPI_Initialized")]
    internal static partial int Initialized(out int flag);

    [LibraryImport(Library, EntryPoint = "MPI_Init_thread")]
    internal static partial int InitThread(void* argc, void* argv, int required, out int provided);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_set_errhandler")]
    internal static partial int CommSetErrhandler(nint comm, nint handler);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_rank")]
    internal static partial int CommRank(nint comm, out int rank);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_size")]
    internal static partial int CommSize(nint comm, out int size);

    [LibraryImport(Library, EntryPoint = "MPI_Comm_dup")]
    internal static partial int CommDup(nint comm, out nint copy);

    [LibraryImport(Library, EntryPoint = "MPI_Iallreduce")]
    internal static partial int Iallreduce(void* send, void* receive, int count, nint type, nint operation, nint comm, out nint request);

    [LibraryImport(Library, EntryPoint = "MPI_Ibcast")]
    internal static partial int Ibcast(void* buffer, int count, nint type, int root, nint comm, out nint request);

    [LibraryImport(Library, EntryPoint = "MPI_Ibarrier")]
    internal static partial int Ibarrier(nint comm, out nint request);

    [LibraryImport(Library, EntryPoint = "MPI_Test")]
    internal static partial int Test(ref nint request, out int flag, void* status);

    [LibraryImport(Library, EntryPoint = "MPI_Error_string")]
    internal static partial int ErrorString(int code, byte* text, out int length);

    [LibraryImport(Library, EntryPoint = "MPI_Get_library_version")]
    internal static partial int GetLibraryVersion(byte* text, out int length);

    [LibraryImport(Library, EntryPoint = "MPI_Finalize")]
    internal static partial int Finalize();
}
