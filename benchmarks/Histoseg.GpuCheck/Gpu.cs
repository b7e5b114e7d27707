using Histoseg.Cuda;
using Histoseg.Engine.Backends.Cuda;

namespace Histoseg.GpuCheck;

/// <summary>Opens the machine's GPU.</summary>
internal static class Gpu
{
    /// <summary>A driver in the machine's place, for rehearsals; of this thread.</summary>
    [ThreadStatic]
    private static ICudaDriver? standIn;

    /// <summary>Does something with a driver in the machine's place.</summary>
    public static void Rehearse(ICudaDriver driver, Action action)
    {
        standIn = driver;
        try
        {
            action();
        }
        finally
        {
            standIn = null;
        }
    }

    /// <summary>The driver.</summary>
    /// <exception cref="SkippedException">There is none, or no GPU.</exception>
    public static ICudaDriver Driver => standIn ?? CudaLibraries.Driver.Library ?? throw new SkippedException($"no GPU: {CudaLibraries.Driver.Reason}");

    /// <summary>Where the choice among convolutions is remembered between the steps of one machine's run: not where users' runs remember theirs.</summary>
    public static readonly string TuningFile = Path.Combine(Path.GetTempPath(), "histoseg-gpucheck", "convolutions.jsonl");

    /// <summary>Opens the first GPU. Convolutions are chosen by measurement, among the own kernels if there is no library.</summary>
    /// <exception cref="SkippedException">There is no GPU, or a library asked for is missing.</exception>
    public static CudaDevice Open(Convolutions convolutions) => Open(convolutions, TuningFile);

    /// <summary>The same with choices remembered in another file; null: none is measured, and the own kernels serve.</summary>
    public static CudaDevice Open(Convolutions convolutions, string? tuningFile)
    {
        var driver = Driver;
        var all = convolutions is Convolutions.All or Convolutions.AllPortable;
        var onlyPortable = convolutions is Convolutions.Portable or Convolutions.AllPortable;
        return CudaDevice.Open(driver, 0,
            all || convolutions == Convolutions.Cudnn ? Library(CudaLibraries.Cudnn, required: convolutions == Convolutions.Cudnn) : null,
            all || convolutions == Convolutions.CublasLt ? Library(CudaLibraries.CublasLt, required: convolutions == Convolutions.CublasLt) : null,
            // What was chosen among fewer is remembered by itself.
            onlyPortable && tuningFile is not null ? Path.ChangeExtension(tuningFile, "portable.jsonl") : tuningFile, onlyPortable);
    }

    private static T? Library<T>(Availability<T> library, bool required) where T : class =>
        library.Library ?? (required ? throw new SkippedException(library.Reason) : null);

    /// <summary>GPU, driver and libraries as they are told in results.</summary>
    public static (string Key, object? Value)[] Facts(CudaDevice device) =>
    [
        ("kind", "machine"),
        ("gpu", device.Name),
        ("compute_capability", $"{device.ComputeCapability / 10}.{device.ComputeCapability % 10}"),
        ("multiprocessors", device.Multiprocessors),
        ("memory_mib", device.Memory().Total >> 20),
        ("driver_cuda", CudaLibraries.Driver.Version),
        ("cudnn", CudaLibraries.Cudnn.IsAvailable ? CudaLibraries.Cudnn.Version : "none"),
        ("cublaslt", CudaLibraries.CublasLt.IsAvailable ? CudaLibraries.CublasLt.Version : "none"),
    ];
}
