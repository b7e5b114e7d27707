using Histoseg.Cuda;

namespace Histoseg.Tests;

public class StatusTests
{
    [Fact]
    public void SuccessPasses()
    {
        CudaStatus.Success.Check("cuInit");
        CudnnStatus.Success.Check("cudnnCreate");
        CublasStatus.Success.Check("cublasLtCreate");
    }

    [Fact]
    public void ADriverFailureNamesCallStatusAndRemedy()
    {
        CudaException e = Assert.Throws<CudaException>(() => CudaStatus.OutOfMemory.Check("cuMemAlloc"));
        Assert.Equal(("cuMemAlloc", CudaStatus.OutOfMemory), (e.Call, e.Status));
        Assert.StartsWith("cuMemAlloc: OutOfMemory (2); use a smaller batch", e.Message);
    }

    [Fact]
    public void ACudnnFailureNamesCallStatusAndRemedy()
    {
        CudnnException e = Assert.Throws<CudnnException>(() => CudnnStatus.NotSupportedLayout.Check("cudnnConvolutionForward"));
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
    public void AStatusOfANewerCudnnIsShownByItsClass(int status, CudnnStatus expected)
    {
        Assert.Equal(expected, ((CudnnStatus)status).Class());
        Assert.StartsWith($"cudnnCreate: {expected}, special case ({status}); ", new CudnnException("cudnnCreate", (CudnnStatus)status).Message);
    }

    [Fact]
    public void SuccessAndUnknownStatusesHaveNoClassButThemselves()
    {
        Assert.Equal(CudnnStatus.Success, CudnnStatus.Success.Class());
        Assert.StartsWith("cudnnCreate: unknown status (7001); ", new CudnnException("cudnnCreate", (CudnnStatus)7001).Message);
    }

    [Fact]
    public void ACublasFailureNamesCallStatusDetailAndRemedy()
    {
        CublasException e = Assert.Throws<CublasException>(() => CublasStatus.NotSupported.Check("cublasLtMatmul"));
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
    public void StickyErrorsAreThoseThatLoseTheContext(CudaStatus status, bool sticky) => Assert.Equal(sticky, status.IsSticky());
}
