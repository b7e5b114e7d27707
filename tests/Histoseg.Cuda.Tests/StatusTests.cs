using Histoseg.Cuda;

namespace Histoseg.Tests;

public class StatusTests
{
    [Fact]
    public void Success_passes()
    {
        CudaStatus.Success.Check("cuInit");
        CudnnStatus.Success.Check("cudnnCreate");
        CublasStatus.Success.Check("cublasLtCreate");
    }

    [Fact]
    public void A_driver_failure_names_call_status_and_remedy()
    {
        var e = Assert.Throws<CudaException>(() => CudaStatus.OutOfMemory.Check("cuMemAlloc"));
        Assert.Equal(("cuMemAlloc", CudaStatus.OutOfMemory), (e.Call, e.Status));
        Assert.StartsWith("cuMemAlloc: OutOfMemory (2); use a smaller batch", e.Message);
    }

    [Fact]
    public void A_cudnn_failure_names_call_status_and_remedy()
    {
        var e = Assert.Throws<CudnnException>(() => CudnnStatus.NotSupportedLayout.Check("cudnnConvolutionForward"));
        Assert.Equal(("cudnnConvolutionForward", CudnnStatus.NotSupportedLayout), (e.Call, e.Status));
        Assert.Equal(
            "cudnnConvolutionForward: NotSupportedLayout (3004); "
        + "choose another algorithm or the engine's own convolution for this shape and type",
            e.Message);
    }

    [Theory]
    [InlineData(1003, CudnnStatus.NotInitialized)]
    [InlineData(2012, CudnnStatus.BadParam)]
    [InlineData(3014, CudnnStatus.NotSupported)]
    [InlineData(4006, CudnnStatus.InternalError)]
    [InlineData(5004, CudnnStatus.ExecutionFailed)]
    public void A_status_of_a_newer_cudnn_is_shown_by_its_class(int status, CudnnStatus expected)
    {
        Assert.Equal(expected, ((CudnnStatus)status).Class());
        Assert.StartsWith($"cudnnCreate: {expected}, special case ({status}); ", new CudnnException("cudnnCreate", (CudnnStatus)status).Message);
    }

    [Fact]
    public void Success_and_unknown_statuses_have_no_class_but_themselves()
    {
        Assert.Equal(CudnnStatus.Success, CudnnStatus.Success.Class());
        Assert.StartsWith("cudnnCreate: unknown status (7001); ", new CudnnException("cudnnCreate", (CudnnStatus)7001).Message);
    }

    [Fact]
    public void A_cublas_failure_names_call_status_detail_and_remedy()
    {
        var e = Assert.Throws<CublasException>(() => CublasStatus.NotSupported.Check("cublasLtMatmul"));
        Assert.Equal(("cublasLtMatmul", CublasStatus.NotSupported), (e.Call, e.Status));
        Assert.Equal("cublasLtMatmul: NotSupported (15): 64×128; use another convolution for this shape and type",
            new CublasException("cublasLtMatmul", CublasStatus.NotSupported, "64×128").Message);
        Assert.StartsWith("cublasLtMatmul: unknown status (99); ", new CublasException("cublasLtMatmul", (CublasStatus)99).Message);
    }

    [Theory]
    [InlineData(CudaStatus.IllegalAddress, true)]
    [InlineData(CudaStatus.LaunchFailed, true)]
    [InlineData((CudaStatus)715, true)]
    [InlineData(CudaStatus.OutOfMemory, false)]
    [InlineData((CudaStatus)720, false)]
    [InlineData(CudaStatus.LaunchOutOfResources, false)]
    public void Sticky_errors_are_those_that_lose_the_context(CudaStatus status, bool sticky) => Assert.Equal(sticky, status.IsSticky());

    [Theory]
    [InlineData(CudaStatus.OutOfMemory, Remedy.LookAtPlan)]
    [InlineData(CudaStatus.InvalidDevice, Remedy.ChooseGpu)]
    [InlineData(CudaStatus.DeviceUnavailable, Remedy.ChooseGpu)]
    [InlineData(CudaStatus.IllegalAddress, Remedy.UseProcessor)]
    public void A_driver_failure_has_the_remedy_of_its_kind(CudaStatus status, Remedy remedy) =>
        Assert.Equal(remedy, new CudaException("cuCall", status).Remedy);

    [Fact]
    public void Libraries_that_lack_memory_point_at_the_plan_and_else_at_the_processor()
    {
        Assert.Equal(Remedy.LookAtPlan, new CudnnException("cudnnCall", CudnnStatus.InternalErrorDeviceAllocationFailed).Remedy);
        Assert.Equal(Remedy.UseProcessor, new CudnnException("cudnnCall", CudnnStatus.ExecutionFailed).Remedy);
        Assert.Equal(Remedy.LookAtPlan, new CublasException("cublasCall", CublasStatus.AllocFailed).Remedy);
        Assert.Equal(Remedy.UseProcessor, new CublasException("cublasCall", CublasStatus.ExecutionFailed).Remedy);
    }
}
