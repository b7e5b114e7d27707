using System.Runtime.InteropServices;
using Histoseg.Cuda;

namespace Histoseg.Tests.Loading;

/// <summary>What a machine without NVIDIA's libraries answers; skipped on one that has the driver.</summary>
public class CudaLibrariesTests
{
    private static string DriverName => LibraryFiles.Driver(OperatingSystem.IsWindows()).Names[0];

    [SkippableFact]
    public void Without_a_driver_each_library_says_why_it_is_absent()
    {
        SkipWithDriver();
        Assert.False(CudaLibraries.Driver.IsAvailable);
        Assert.Equal($"no NVIDIA driver: {DriverName} was not found where the system looks for libraries; "
            + "install the NVIDIA driver (525 or later; Windows: 527 or later)",
            CudaLibraries.Driver.Reason);
        Assert.False(CudaLibraries.Cudnn.IsAvailable);
        Assert.StartsWith("cuDNN was not looked for, because without the driver nothing can use it (no NVIDIA driver", CudaLibraries.Cudnn.Reason);
        Assert.False(CudaLibraries.CublasLt.IsAvailable);
        Assert.StartsWith("cuBLASLt was not looked for", CudaLibraries.CublasLt.Reason);
        Assert.Same(CudaLibraries.Driver, CudaLibraries.Driver);
    }

    [SkippableFact]
    public void Without_nvtx_ranges_do_nothing()
    {
        Skip.If(CudaLibraries.Nvtx.IsAvailable, "NVTX is here");
        using (Nvtx.Range("outer"))
        using (Nvtx.Range("inner"))
            Assert.Contains(LibraryFiles.Nvtx(OperatingSystem.IsWindows()).Names[0], CudaLibraries.Nvtx.Reason);
    }

    [SkippableFact]
    public void Every_reason_is_one_line()
    {
        SkipWithDriver();
        Assert.All([CudaLibraries.Driver.Reason, CudaLibraries.Cudnn.Reason, CudaLibraries.CublasLt.Reason, CudaLibraries.Nvtx.Reason],
            reason => Assert.DoesNotContain('\n', reason));
    }

    [Fact]
    public void A_file_that_is_no_library_is_named_with_the_reason()
    {
        using var folder = new TempFolder();
        var file = folder.Write("libcudnn.so.9", "not a library");
        Assert.False(LibraryLoader.TryBind("a-test", new(["libcudnn.so.9"], []), [file, folder["absent.so"]], _ => null,
            out var path, out var failures));
        Assert.Equal("", path);
        var failure = Assert.Single(failures);
        Assert.StartsWith($"{file} does not load (", failure);
        Assert.DoesNotContain('\n', failure);
        Assert.Contains(failure, Missing.Library("cuDNN 9", ["libcudnn.so.9"], failures, "nvidia-cudnn-cu12"));
    }

    [Fact]
    public void A_library_that_is_refused_is_skipped_for_the_next()
    {
        // Two libraries of the C runtime stand in for two installations.
        (var first, var second) = OperatingSystem.IsWindows() ? ("kernel32.dll", "user32.dll") : ("libc.so.6", "libm.so.6");
        var refused = NativeLibrary.Load(first);
        Assert.True(LibraryLoader.TryBind("another-test", new([first, second], []), [first, second], library => library == refused ? "is the wrong one" : null,
            out var path, out var failures));
        Assert.Equal(second, path);
        Assert.Equal([$"{first} is the wrong one"], failures);
    }

    [Theory]
    [InlineData(8907, 12010, 12, "is cuDNN 8; 9.0 or later is needed")]
    [InlineData(91002, 13000, 12, "is built for CUDA 13, the driver runs CUDA 12")]
    [InlineData(91002, 12090, 12, null)]
    [InlineData(91002, 12090, 13, null)]
    public void A_cudnn_must_be_nine_and_for_a_cuda_the_driver_runs(int version, int cuda, int cudaMajor, string? reason) =>
        Assert.Equal(reason, Missing.RefuseCudnn((nuint)version, (nuint)cuda, cudaMajor));

    [Fact]
    public void Versions_are_written_as_people_do()
    {
        Assert.Equal("9.10.2", Missing.CudnnVersion(91002));
        Assert.Equal("12.8.4", Missing.CublasVersion(120804));
        Assert.Equal("12.8", DriverCheck.Version(12080));
    }

    private static void SkipWithDriver() => Skip.If(NativeLibrary.TryLoad(DriverName, out _), "this machine has an NVIDIA driver");
}
