using System.Runtime.InteropServices;
using System.Text;

namespace Histoseg.Engine.Ranks;

/// <summary>Open MPI, opened, and the handles of what it has ready.</summary>
/// <param name="World"><c>MPI_COMM_WORLD</c>.</param>
/// <param name="Float"><c>MPI_FLOAT</c>.</param>
/// <param name="Double"><c>MPI_DOUBLE</c>.</param>
/// <param name="Add"><c>MPI_SUM</c>.</param>
/// <param name="ErrorsReturn"><c>MPI_ERRORS_RETURN</c>.</param>
/// <param name="Version">As it names itself: "Open MPI v4.1.4".</param>
internal sealed record MpiLibrary(nint World, nint Float, nint Double, nint Add, nint ErrorsReturn, string Version)
{
    // From Open MPI 1.10 to 5 its interface for C is one and the same; the file's number is that of the interface.
    private static readonly string[] _names = ["libmpi.so.40", "libmpi.so.12", "libmpi.40.dylib", "libmpi.so"];
    private static nint _opened;
    private static readonly Lazy<Availability<MpiLibrary>> _found = new(Find);

    static MpiLibrary() => NativeLibrary.SetDllImportResolver(typeof(MpiLibrary).Assembly, (name, _, _) => name == MpiNative.Library ? _opened : 0);

    /// <summary>The library of this machine, looked for once.</summary>
    public static Availability<MpiLibrary> Found => _found.Value;

    private static unsafe Availability<MpiLibrary> Find()
    {
        string? refused = null;
        foreach (var name in _names)
        {
            if (!NativeLibrary.TryLoad(name, out var handle))
                continue;
            if (!TryFind(handle, out var exports))
            {
                refused ??= $"{name} is not Open MPI's";
                continue;
            }
            _opened = handle;
            var text = stackalloc byte[8192];
            MpiNative.GetLibraryVersion(text, out var length);
            // "Open MPI v4.1.4, package: …"
            var version = Encoding.UTF8.GetString(text, Math.Clamp(length, 0, 8192)).Split(',')[0].Trim('\0', ' ');
            return Availability<MpiLibrary>.Present(new(exports[0], exports[1], exports[2], exports[3], exports[4], version), name, version);
        }
        return Availability<MpiLibrary>.Absent($"{refused ?? $"Open MPI's library was not found ({_names[0]})"}; install it (Debian, Ubuntu: openmpi-bin)");
    }

    private static bool TryFind(nint library, out nint[] exports)
    {
        exports = new nint[5];
        string[] names = ["ompi_mpi_comm_world", "ompi_mpi_float", "ompi_mpi_double", "ompi_mpi_op_sum", "ompi_mpi_errors_return"];
        for (var i = 0; i < names.Length; i++)
            if (!NativeLibrary.TryGetExport(library, names[i], out exports[i]))
                return false;
        return true;
    }
}
