namespace Histoseg.Cuda;

/// <summary>The files of CUDA's libraries, as NVIDIA names them on each system.</summary>
/// <param name="Names">The library itself, the preferred version first.</param>
/// <param name="Parts">Patterns of files that it opens by name while it runs and that must be open before it is, in this
/// order; a star for what is not told apart.</param>
internal sealed record LibraryFiles(IReadOnlyList<string> Names, IReadOnlyList<string> Parts)
{
    /// <summary>The driver, which comes with the GPU's kernel module and nothing else.</summary>
    internal static LibraryFiles Driver(bool windows) => new([windows ? "nvcuda.dll" : "libcuda.so.1"], []);

    /// <summary>cuDNN 9: a thin library before a dozen others, which it looks for by bare name.</summary>
    internal static LibraryFiles Cudnn(bool windows) => windows
        ? new(["cudnn64_9.dll"], ["cudnn_graph64_9.dll", "cudnn_ops64_9.dll", "cudnn_cnn64_9.dll", "cudnn_*64_9.dll"])
        : new(["libcudnn.so.9"], ["libcudnn_graph.so.9", "libcudnn_ops.so.9", "libcudnn_cnn.so.9", "libcudnn_*.so.9"]);

    /// <summary>cuBLASLt of the CUDA major versions that a driver runs.</summary>
    /// <param name="windows">Whether the names are those of Windows.</param>
    /// <param name="cudaMajor">The newest CUDA the driver supports: it runs that and older ones, not newer.</param>
    internal static LibraryFiles CublasLt(bool windows, int cudaMajor) => new(ForCuda(cudaMajor, windows ? "cublasLt64_{0}.dll" : "libcublasLt.so.{0}"), []);

    /// <summary>NVRTC, with which cuDNN compiles some of its kernels while it runs.</summary>
    internal static LibraryFiles Nvrtc(bool windows, int cudaMajor) => new(ForCuda(cudaMajor, windows ? "nvrtc64_{0}0_0.dll" : "libnvrtc.so.{0}"),
        windows ? ["nvrtc-builtins64_*.dll"] : ["libnvrtc-builtins.so.*"]);

    /// <summary>NCCL, which NVIDIA makes for Linux alone.</summary>
    internal static LibraryFiles Nccl() => new(["libnccl.so.2"], []);

    /// <summary>NVTX as something that can be called: version 3's bridge for languages other than C, which exists on Linux, or version 2.</summary>
    internal static LibraryFiles Nvtx(bool windows) => new(windows ? ["nvToolsExt64_1.dll"] : ["libnvtx3interop.so.1", "libnvToolsExt.so.1"], []);

    private static string[] ForCuda(int cudaMajor, string name) =>
        [.. new[] { 13, 12 }.Where(major => major <= cudaMajor).Select(major => string.Format(null, name, major))];
}
