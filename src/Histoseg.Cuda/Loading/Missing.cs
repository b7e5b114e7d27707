namespace Histoseg.Cuda;

/// <summary>The words for what is missing: one line each, naming what was looked for, where, and the remedy.</summary>
internal static class Missing
{
    internal static string Driver(string name, IReadOnlyList<string> failures) => failures.Count > 0
        ? $"no usable NVIDIA driver: {string.Join("; ", failures)}; reinstall the NVIDIA driver (525 or later)"
        : $"no NVIDIA driver: {name} was not found where the system looks for libraries; install the NVIDIA driver (525 or later; Windows: 527 or later)";

    internal static string NoDriver(string library, string reason) => $"{library} was not looked for, because without the driver nothing can use it ({reason})";

    internal static string Library(string library, IReadOnlyList<string> names, IReadOnlyList<string> failures, string wheel) => failures.Count > 0
        ? $"no usable {library}: {string.Join("; ", failures)}; install another, for example with pip install {wheel}, "
            + $"or set {SearchPlaces.PathVariable} to its folder"
        : $"no {library}: {string.Join(" or ", names)} was not found in {SearchPlaces.PathVariable}, the program's folder, the system's library path, "
            + $"CUDA's folders, Python's site-packages or NuGet's packages; install it, for example with pip install {wheel}, "
            + $"or set {SearchPlaces.PathVariable} to its folder";

    /// <summary>Why a cuDNN does not serve; null if it does.</summary>
    /// <param name="version">What <c>cudnnGetVersion</c> gives: 10000·major + 100·minor + patch, since cuDNN 9.</param>
    /// <param name="cuda">What <c>cudnnGetCudartVersion</c> gives: 1000·major + 10·minor.</param>
    /// <param name="cudaMajor">The newest CUDA the driver runs.</param>
    internal static string? RefuseCudnn(nuint version, nuint cuda, int cudaMajor) =>
        version < 90000 ? $"is cuDNN {version / 1000}; 9.0 or later is needed"
        : (int)(cuda / 1000) > cudaMajor ? $"is built for CUDA {cuda / 1000}, the driver runs CUDA {cudaMajor}"
        : null;

    internal static string CudnnVersion(nuint version) => $"{version / 10000}.{version / 100 % 100}.{version % 100}";

    /// <summary>cuBLAS counts 10000·major + 100·minor + patch.</summary>
    internal static string CublasVersion(nuint version) => $"{version / 10000}.{version / 100 % 100}.{version % 100}";

    /// <summary>Why an NCCL cannot be used; null if it can. Averages came with 2.10, and with 2.9 this way of counting.</summary>
    internal static string? RefuseNccl(int version) => version >= 21000 ? null : $"is NCCL {NcclVersion(version)}; 2.10 or later is needed";

    internal static string NcclVersion(int version) => $"{version / 10000}.{version / 100 % 100}.{version % 100}";
}
