using System.Runtime.InteropServices;

namespace Histoseg.Cuda;

/// <summary>NVIDIA's libraries as far as this machine has them. Each is looked for once, when it is first asked for; nothing here throws.</summary>
public static unsafe class CudaLibraries
{
    private static readonly string[] _wslAndNixOs = ["/usr/lib/wsl/lib/libcuda.so.1", "/run/opengl-driver/lib/libcuda.so.1"];

    private static readonly Lazy<Availability<ICudaDriver>> _driver = new(FindDriver);
    private static readonly Lazy<Availability<ICudnn>> _cudnn = new(FindCudnn);
    private static readonly Lazy<Availability<ICublasLt>> _cublasLt = new(FindCublasLt);
    private static readonly Lazy<Availability<INccl>> _nccl = new(FindNccl);
    private static readonly Lazy<Availability<Nvtx>> _nvtx = new(FindNvtx);

    /// <summary>The driver, with at least one GPU that runs the kernels.</summary>
    public static Availability<ICudaDriver> Driver => _driver.Value;

    /// <summary>cuDNN 9 for a CUDA that the driver runs.</summary>
    public static Availability<ICudnn> Cudnn => _cudnn.Value;

    /// <summary>cuBLASLt of CUDA 12 or 13, whichever the driver runs.</summary>
    public static Availability<ICublasLt> CublasLt => _cublasLt.Value;

    /// <summary>NCCL 2.10 or later, by which several GPUs train together.</summary>
    public static Availability<INccl> Nccl => _nccl.Value;

    /// <summary>NVTX, which names ranges of time for profilers.</summary>
    public static Availability<Nvtx> Nvtx => _nvtx.Value;

    private static SearchSystem System => SearchSystem.Current;

    private static Availability<ICudaDriver> FindDriver()
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsWindows())
            return Availability<ICudaDriver>.Absent("CUDA exists on Linux and Windows only");
        CudaDriver driver = new();
        var files = LibraryFiles.Driver(System.IsWindows);
        // Only the system's own: a driver's library belongs to the kernel module, and the toolkit's folders hold a stub of the same name.
        string[] candidates = [files.Names[0], .. System.IsWindows ? [] : _wslAndNixOs];
        if (!LibraryLoader.TryBind(CudaDriverNative.Library, files, candidates, _ => null, out var path, out var failures))
            return Availability<ICudaDriver>.Absent(Missing.Driver(files.Names[0], failures));
        try
        {
            var reason = DriverCheck.Refuse(driver, out var version);
            return reason is null
                ? Availability<ICudaDriver>.Present(driver, path, $"CUDA {DriverCheck.Version(version)}")
                : Availability<ICudaDriver>.Absent(reason);
        }
        catch (Exception e) when (e is CudaException or EntryPointNotFoundException)
        {
            return Availability<ICudaDriver>.Absent($"{path} does not serve: {e.Message}");
        }
    }

    private static Availability<ICublasLt> FindCublasLt()
    {
        if (!Driver.IsAvailable)
            return Availability<ICublasLt>.Absent(Missing.NoDriver("cuBLASLt", Driver.Reason));
        var driverCuda = CudaMajor(Driver.Library);
        var files = LibraryFiles.CublasLt(System.IsWindows, driverCuda);
        var candidates = SearchPlaces.Candidates(System, files.Names);
        return LibraryLoader.TryBind(CublasLtNative.Library, files, candidates, RefuseCublasLt, out var path, out var failures)
            ? Availability<ICublasLt>.Present(new CublasLt(), path, Missing.CublasVersion(CublasLtNative.GetVersion()))
            : Availability<ICublasLt>.Absent(Missing.Library("cuBLASLt", files.Names, failures, driverCuda >= 13 ? "nvidia-cublas" : "nvidia-cublas-cu12"));
    }

    private static Availability<ICudnn> FindCudnn()
    {
        if (!Driver.IsAvailable)
            return Availability<ICudnn>.Absent(Missing.NoDriver("cuDNN", Driver.Reason));
        int driverCuda = CudaMajor(Driver.Library), builtFor = driverCuda;
        var files = LibraryFiles.Cudnn(System.IsWindows);
        var candidates = SearchPlaces.Candidates(System, files.Names);
        if (!LibraryLoader.TryBind(CudnnNative.Library, files, candidates, library => RefuseCudnn(library, driverCuda, out builtFor),
            out var path, out var failures))
            return Availability<ICudnn>.Absent(Missing.Library("cuDNN 9", files.Names, failures, $"nvidia-cudnn-cu{Math.Min(driverCuda, 13)}"));
        // Ours first: it is found where it lies and not as a library that is open already.
        _ = CublasLt;
        // While it runs, cuDNN opens these by bare name, those of the CUDA it was built for; an open one of that name is taken.
        foreach (var called in (LibraryFiles[])[LibraryFiles.CublasLt(System.IsWindows, builtFor), LibraryFiles.Nvrtc(System.IsWindows, builtFor)])
            LibraryLoader.Preload(called, SearchPlaces.Candidates(System, [.. called.Names.Take(1)]));
        return Availability<ICudnn>.Present(new Cudnn(), path, Missing.CudnnVersion(CudnnNative.GetVersion()));
    }

    // The newest CUDA whose libraries the driver runs.
    private static int CudaMajor(ICudaDriver driver) => driver.DriverGetVersion(out var version) == CudaStatus.Success ? version / 1000 : 0;

    private static string? RefuseCublasLt(nint library) => NativeLibrary.TryGetExport(library, "cublasLtGetVersion", out _) ? null : "is not cuBLASLt";

    private static string? RefuseCudnn(nint library, int driverCuda, out int builtFor)
    {
        builtFor = driverCuda;
        if (!NativeLibrary.TryGetExport(library, "cudnnGetVersion", out var version)
            || !NativeLibrary.TryGetExport(library, "cudnnGetCudartVersion", out var cuda))
            return "is not cuDNN";
        var runtime = ((delegate* unmanaged<nuint>)cuda)();
        builtFor = (int)(runtime / 1000);
        return Missing.RefuseCudnn(((delegate* unmanaged<nuint>)version)(), runtime, driverCuda);
    }

    private static Availability<INccl> FindNccl()
    {
        if (!Driver.IsAvailable)
            return Availability<INccl>.Absent(Missing.NoDriver("NCCL", Driver.Reason));
        if (!OperatingSystem.IsLinux())
            return Availability<INccl>.Absent("NCCL exists on Linux only");
        var files = LibraryFiles.Nccl();
        var candidates = SearchPlaces.Candidates(System, files.Names);
        return LibraryLoader.TryBind(NcclNative.Library, files, candidates, RefuseNccl, out var path, out var failures)
            ? Availability<INccl>.Present(new Nccl(), path, Missing.NcclVersion(NcclNative.GetVersion(out var version) == NcclStatus.Success ? version : 0))
            : Availability<INccl>.Absent(Missing.Library("NCCL", files.Names, failures, $"nvidia-nccl-cu{Math.Min(CudaMajor(Driver.Library), 13)}"));
    }

    private static string? RefuseNccl(nint library)
    {
        if (!NativeLibrary.TryGetExport(library, "ncclGetVersion", out var get))
            return "is not NCCL";
        int version;
        return ((delegate* unmanaged<int*, NcclStatus>)get)(&version) == NcclStatus.Success ? Missing.RefuseNccl(version) : "does not tell its version";
    }

    private static Availability<Nvtx> FindNvtx()
    {
        var files = LibraryFiles.Nvtx(System.IsWindows);
        var candidates = SearchPlaces.Candidates(System, files.Names);
        return LibraryLoader.TryBind(NvtxNative.Library, files, candidates, _ => null, out var path, out var failures)
            ? Availability<Nvtx>.Present(new Nvtx(), path, path.Contains("nvtx3", StringComparison.Ordinal) ? "3" : "2")
            : Availability<Nvtx>.Absent(Missing.Library("NVTX", files.Names, failures, "nvidia-nvtx"));
    }
}
