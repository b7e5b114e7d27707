namespace Histoseg.Cuda;

/// <summary>A call of cuBLAS failed.</summary>
public sealed class CublasException : GpuException
{
    /// <summary>A failure.</summary>
    /// <param name="call">The C function.</param>
    /// <param name="status">What it returned.</param>
    /// <param name="detail">More, for example the shape asked for; or empty.</param>
    public CublasException(string call, CublasStatus status, string detail = "")
        : base($"{call}: {(Enum.IsDefined(status) ? status : "unknown status")} ({(int)status}){(detail.Length > 0 ? $": {detail}" : "")}; {Advice(status)}") =>
        (Call, Status, Remedy) = (call, status, status == CublasStatus.AllocFailed ? Remedy.LookAtPlan : Remedy.UseProcessor);

    /// <summary>The C function.</summary>
    public string Call { get; }

    /// <summary>What it returned.</summary>
    public CublasStatus Status { get; }

    private static string Advice(CublasStatus status) => status switch
    {
        CublasStatus.AllocFailed => "use a smaller batch, patch or width, or end other programs on this GPU",
        CublasStatus.NotInitialized => "the CUDA driver and cuBLAS do not fit; update the NVIDIA driver or install the cuBLAS for its CUDA",
        CublasStatus.ArchMismatch => "this cuBLAS does not know this GPU; install a newer cuBLAS",
        CublasStatus.NotSupported => "use another convolution for this shape and type",
        CublasStatus.ExecutionFailed => "the GPU's context may be lost; start the program again, and if it comes back run it under compute-sanitizer",
        _ => "if it comes back, report it with what was found of GPU, driver and libraries, or compute on the processor",
    };
}
