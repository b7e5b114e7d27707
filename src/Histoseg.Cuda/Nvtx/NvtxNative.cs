using System.Runtime.InteropServices;

namespace Histoseg.Cuda;

/// <summary>NVTX's C functions; versions 2 and 3 agree on them.</summary>
/// <remarks>Checked against <c>native/abi/nvtx.csv</c>.</remarks>
internal static partial class NvtxNative
{
    internal const string Library = "nvtx";

    [LibraryImport(Library, EntryPoint = "nvtxRangePushA", StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int RangePush(string message);

    [LibraryImport(Library, EntryPoint = "nvtxRangePop")]
    internal static partial int RangePop();
}
