namespace Histoseg.Cuda;

/// <summary>A call of cuDNN failed.</summary>
public sealed class CudnnException : GpuException
{
    /// <summary>A failure.</summary>
    /// <param name="call">The C function.</param>
    /// <param name="status">What it returned.</param>
    /// <param name="detail">More, for example the shape asked for; or empty.</param>
    public CudnnException(string call, CudnnStatus status, string detail = "")
        : base($"{call}: {Name(status)} ({(int)status}){(detail.Length > 0 ? $": {detail}" : "")}; {Advice(status)}") =>
        (Call, Status, Remedy) =
            (call, status, status == CudnnStatus.InternalErrorDeviceAllocationFailed ? Remedy.LookAtPlan : Remedy.UseProcessor);

    /// <summary>The C function.</summary>
    public string Call { get; }

    /// <summary>What it returned.</summary>
    public CudnnStatus Status { get; }

    // cuDNN adds statuses with its minor versions; an unknown one is still of a known class.
    private static string Name(CudnnStatus status) => Enum.IsDefined(status) ? status.ToString()
        : Enum.IsDefined(status.Class()) ? $"{status.Class()}, special case" : "unknown status";

    private static string Advice(CudnnStatus status) => status switch
    {
        CudnnStatus.SublibraryVersionMismatch or CudnnStatus.SublibraryLoadingFailed or CudnnStatus.NotSupportedSublibraryUnavailable =>
            "cuDNN's parts are of different versions or missing; install one complete cuDNN 9 or set HISTOSEG_CUDA_PATH to its folder",
        CudnnStatus.NotSupportedIncompatibleCudaDriver or CudnnStatus.NotSupportedIncompatibleCudart =>
            "this cuDNN is built for a newer CUDA than the driver's; update the NVIDIA driver or install the cuDNN for its CUDA",
        CudnnStatus.NotSupportedArchMismatch => "this cuDNN does not know this GPU; install another version of cuDNN 9",
        CudnnStatus.InternalErrorDeviceAllocationFailed => "use a smaller batch, patch or width, or end other programs on this GPU",
        _ => status.Class() switch
        {
            CudnnStatus.NotInitialized => "install a complete cuDNN 9, or remove it: convolutions then run on the engine's own kernels",
            CudnnStatus.NotSupported => "choose another algorithm or the engine's own convolution for this shape and type",
            CudnnStatus.ExecutionFailed => "the GPU's context may be lost; start the program again, and if it comes back run it under compute-sanitizer",
            _ => "if it comes back, report it with what was found of GPU, driver and libraries, or compute on the processor",
        },
    };
}
