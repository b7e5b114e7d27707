using System.Runtime.InteropServices;
using System.Text;
using Histoseg.Cuda;

namespace Histoseg.Tests.Shim;

/// <summary>Calls of the driver's bindings into a library that checks or echoes what reaches it.</summary>
public sealed class DriverCallTests
{
    private static readonly nuint _fiveBillion = unchecked((nuint)5_000_000_000);
    private static readonly Lazy<CudaDriver> _shim = new(Bind);

    [SkippableFact]
    public void A_devices_name_comes_back_as_text()
    {
        Assert.Equal(CudaStatus.Success, _shim.Value.DeviceGetName(out var name, 3));
        Assert.Equal("GPU 3 of 256 bytes", name);
    }

    [SkippableFact]
    public void Addresses_and_sizes_cross_whole()
    {
        Assert.Equal(CudaStatus.Success, _shim.Value.MemAlloc(out var address, _fiveBillion));
        Assert.Equal(0x7000000000000000ul + _fiveBillion, address);
        Assert.Equal(CudaStatus.InvalidValue, _shim.Value.MemAlloc(out _, 0));
        Assert.Equal(CudaStatus.Success, _shim.Value.MemsetD8Async(0x123456789abcdef0, 0xa5, _fiveBillion, 0x77));
    }

    [SkippableFact]
    public void The_jits_log_comes_back_with_the_status()
    {
        Assert.Equal(CudaStatus.InvalidPtx, _shim.Value.ModuleLoadData(out var module, ".version 7.0\0"u8, out var log));
        Assert.Equal(0, module);
        Assert.Equal("ptxas: line 1 of '.version 7.0', log of 16384 bytes", log);
    }

    [SkippableFact]
    public void Ptx_without_its_final_zero_is_refused() => Assert.Throws<ArgumentException>(() => _shim.Value.ModuleLoadData(out _, ".version 7.0"u8, out _));

    [SkippableFact]
    public void A_kernels_name_is_utf8()
    {
        Assert.Equal(CudaStatus.Success, _shim.Value.ModuleGetFunction(out var function, 0x11, "naïve"));
        Assert.Equal(6, function);
    }

    [SkippableFact]
    public unsafe void A_launch_keeps_the_order_of_its_arguments()
    {
        var seen = new byte[200];
        fixed (byte* text = seen)
        {
            void* parameter = text;
            Assert.Equal(CudaStatus.Success, _shim.Value.LaunchKernel(0x1, new(2, 3, 4), new(5, 6, 7), 8, 0x9, &parameter));
        }
        Assert.Equal("0x1 2 3 4 5 6 7 8 0x9", Encoding.UTF8.GetString(seen).TrimEnd('\0'));
    }

    [SkippableFact]
    public void Times_and_wide_flags_cross()
    {
        Assert.Equal(CudaStatus.Success, _shim.Value.EventElapsedTime(out var milliseconds, 0x10, 0x13));
        Assert.Equal(0.75f, milliseconds);
        Assert.Equal(CudaStatus.Success, _shim.Value.GraphInstantiate(out var executable, 0x55, 0xffffffff00000001));
        Assert.Equal(0x55, executable);
    }

    private static CudaDriver Bind()
    {
        // The imports of a process are bound once: where there is a driver, they belong to it.
        Skip.If(NativeLibrary.TryLoad(LibraryFiles.Driver(OperatingSystem.IsWindows()).Names[0], out _), "this machine has an NVIDIA driver");
        using var folder = new TempFolder();
        CCompiler.Library("driver.c", folder["libshim.so"]);
        Assert.True(LibraryLoader.TryBind(CudaDriverNative.Library, new(["libshim.so"], []), [folder["libshim.so"]], _ => null, out _, out _));
        return new();
    }
}
