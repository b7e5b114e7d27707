using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.SoftwareCuda.Libraries;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>The CUDA backend, unchanged, on the software device.</summary>
internal sealed class SoftwareGpu : IDisposable
{
    private readonly string _tuningFile = Path.Combine(Path.GetTempPath(), $"tuning-{Guid.NewGuid():N}.jsonl");

    public SoftwareGpu(Precision precision, bool withLibraries = false, SoftwareCudaOptions? options = null)
    {
        Driver = new SoftwareCudaDriver(options);
        Backend = new CudaBackend(withLibraries
            ? CudaDevice.Open(Driver, cudnn: new SoftwareCudnn(Driver), cublasLt: new SoftwareCublasLt(Driver), tuningFile: _tuningFile)
            : CudaDevice.Open(Driver), precision);
    }

    public SoftwareCudaDriver Driver { get; }

    public CudaBackend Backend { get; }

    public void Dispose()
    {
        Backend.Dispose();
        Driver.Dispose();
        File.Delete(_tuningFile);
    }
}
