using System.Runtime.InteropServices;

namespace Histoseg.Cli;

/// <summary>The limits that a shell or a batch system set for this process (<c>ulimit</c>), where they are too small to work with.</summary>
internal static partial class ProcessLimits
{
    // .NET alone has some eighty files open, one for each of its libraries.
    private const int OpenFiles = 7, LeastOpenFiles = 256;

    // .NET takes half of what is allowed for its heap; threads and native libraries need the rest.
    private const int AddressSpace = 9;
    private const ulong LeastAddressSpace = 3UL << 30, AmpleAddressSpace = 16UL << 30;

    /// <summary>A line that says which limit forbids to begin; null: none.</summary>
    public static string? WhatForbids() =>
        !OperatingSystem.IsLinux() ? null
        : Of(OpenFiles) < LeastOpenFiles
            ? Figures.Text($"this process may have {Of(OpenFiles)} files open, and needs {LeastOpenFiles}; raise the limit: ulimit -n 1024")
        : Of(AddressSpace) < LeastAddressSpace ? $"{TightAddressSpace()}, and 3 GiB are needed at least, for large networks and slides more; "
            + "raise the limit: ulimit -v unlimited"
        : null;

    /// <summary>A line that says which limit may be the reason where memory runs out; null: none.</summary>
    public static string? WhatMayBeTight() => OperatingSystem.IsLinux() && Of(AddressSpace) < AmpleAddressSpace
        ? $"{TightAddressSpace()}; where memory ran out, raise the limit: ulimit -v unlimited" : null;

    private static string TightAddressSpace() => Figures.Text($"this process may have {Of(AddressSpace) / 1073741824.0:0.0} GiB of address space");

    private static ulong Of(int resource) => GetLimit(resource, out var limit) == 0 ? limit.Now : ulong.MaxValue;

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public ulong Now, Most;
    }
}
