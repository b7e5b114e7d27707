using Histoseg.Engine.Backends;
using Histoseg.Engine.Backends.Cuda;
using Histoseg.SoftwareCuda.Libraries;

namespace Histoseg.SoftwareCuda.Tests.Backend;

/// <summary>The CUDA backend, unchanged, on the software device.</summary>
internal sealed class SoftwareGpu : IDisposable
{
    /// <param name="precision">What it computes in.</param>
    /// <param name="chosen">Where libraries' convolutions are measured too, what was chosen; null: there are no libraries.</param>
    /// <param name="options">Of the device.</param>
    public SoftwareGpu(Precision precision, ChosenConvolutions? chosen = null, SoftwareCudaOptions? options = null)
    {
        Driver = new SoftwareCudaDriver(options);
        Backend = new CudaBackend(chosen is not null
            ? CudaDevice.Open(Driver, cudnn: new SoftwareCudnn(Driver), cublasLt: new SoftwareCublasLt(Driver), tuningFile: chosen.File)
            : CudaDevice.Open(Driver), precision);
    }

    public SoftwareCudaDriver Driver { get; }

    public CudaBackend Backend { get; }

    public void Dispose()
    {
        Backend.Dispose();
        Driver.Dispose();
    }
}
