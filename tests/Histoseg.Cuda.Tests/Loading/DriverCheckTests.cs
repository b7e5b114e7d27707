using Histoseg.Cuda;

namespace Histoseg.Tests.Loading;

public class DriverCheckTests
{
    private static readonly DriverCheck.Gpu _ampere = new("NVIDIA A100", 8, 0);
    private static readonly DriverCheck.Gpu _turing = new("Tesla T4", 7, 5);

    [Fact]
    public void An_Ampere_under_cuda_12_serves() => Assert.Null(DriverCheck.Refuse(CudaStatus.Success, 12000, [_ampere]));

    [Fact]
    public void One_good_gpu_is_enough() => Assert.Null(DriverCheck.Refuse(CudaStatus.Success, 13000, [_turing, _ampere]));

    [Fact]
    public void An_old_driver_is_told_the_version_that_is_needed()
    {
        var reason = DriverCheck.Refuse(CudaStatus.Success, 11080, [_ampere]);
        Assert.Equal("the NVIDIA driver supports CUDA 11.8; CUDA 12.0 is needed: install driver 525 or later (Windows: 527 or later)", reason);
    }

    [Fact]
    public void An_old_gpu_is_named() =>
        Assert.Equal("a GPU of compute capability 8.0 (Ampere, 2020) or later is needed; Tesla T4 has 7.5",
            DriverCheck.Refuse(CudaStatus.Success, 12000, [_turing]));

    [Fact]
    public void No_gpu_at_all_points_to_nvidia_smi()
    {
        Assert.Contains("nvidia-smi", DriverCheck.Refuse(CudaStatus.Success, 12000, []));
        Assert.Contains("cuInit: NoDevice (100)", DriverCheck.Refuse(CudaStatus.NoDevice, 0, []));
    }
}
