using System.Runtime.InteropServices;
using Histoseg.Cuda;
using Histoseg.Engine;

namespace Histoseg.GpuCheck;

/// <summary>
/// Marks what a profiler is to look at, if it was started to wait for that: <c>ncu --profile-from-start off</c>,
/// <c>nsys --capture-range=cudaProfilerApi</c>.
/// </summary>
internal static unsafe class Profiler
{
    /// <summary>Runs what is to be looked at. Without a profiler it just runs.</summary>
    /// <exception cref="EngineError">This driver has no such marks.</exception>
    public static void Watch(Action pass)
    {
        // The driver was opened before, so its name alone finds it.
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var driver))
            throw new EngineError("the driver's library is loaded and cannot be found by its name; profile without gpucheck once");
        Call(driver, "cuProfilerStart");
        try
        {
            pass();
        }
        finally
        {
            Call(driver, "cuProfilerStop");
        }
    }

    private static void Call(nint driver, string function)
    {
        if (!NativeLibrary.TryGetExport(driver, function, out var address))
            throw new EngineError($"the driver has no {function}; profile without gpucheck once");
        ((CudaStatus)((delegate* unmanaged<int>)address)()).Check(function);
    }
}
