using System.Runtime.InteropServices;
using Histoseg.Cuda;
using Histoseg.Tests.Loading;

namespace Histoseg.Tests.Shim;

public sealed class CudnnInAWheelTests : IDisposable
{
    private readonly string _venv = Directory.CreateTempSubdirectory().FullName;

    [SkippableFact]
    public unsafe void Cudnn_in_a_Python_wheel_finds_its_parts()
    {
        var folder = Path.Combine(_venv, "lib/python3.12/site-packages/nvidia/cudnn/lib");
        var library = Path.Combine(folder, "libcudnn.so.9");
        CCompiler.Library("cudnn.c", library);
        CCompiler.Library("driver.c", Path.Combine(folder, "libcudnn_engines_precompiled.so.9"));
        CCompiler.Library("driver.c", Path.Combine(folder, "libcudnn_graph.so.9"));
        var system = FakeSystem.Linux(new() { ["VIRTUAL_ENV"] = _venv }, folder);
        var files = LibraryFiles.Cudnn(windows: false);
        nuint version = 0;
        string? Refuse(nint handle)
        {
            version = ((delegate* unmanaged<nuint>)NativeLibrary.GetExport(handle, "cudnnGetVersion"))();
            return null;
        }
        // A cuDNN that is installed on this machine would come first; only the wheel is wanted here.
        var candidates = SearchPlaces.Candidates(system, files.Names).Where(candidate => candidate.StartsWith(_venv, StringComparison.Ordinal));
        Assert.True(LibraryLoader.TryBind("cudnn-in-a-wheel", files, candidates, Refuse, out var path, out _));
        Assert.Equal(library, path);
        Assert.Equal((nuint)91002, version);
    }

    public void Dispose() => Directory.Delete(_venv, recursive: true);
}
