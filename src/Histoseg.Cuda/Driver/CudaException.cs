namespace Histoseg.Cuda;

/// <summary>A call of the CUDA driver failed.</summary>
public sealed class CudaException : GpuException
{
    /// <summary>A failure.</summary>
    /// <param name="call">The C function.</param>
    /// <param name="status">What it returned.</param>
    /// <param name="detail">More, for example the JIT's log; or empty.</param>
    public CudaException(string call, CudaStatus status, string detail = "")
        : base($"{call}: {status} ({(int)status}){(detail.Length > 0 ? $": {detail}" : "")}; {Advice(status)}") =>
        (Call, Status, Remedy) = (call, status, status switch
        {
            CudaStatus.OutOfMemory => Remedy.LookAtPlan,
            CudaStatus.InvalidDevice or CudaStatus.DeviceUnavailable => Remedy.ChooseGpu,
            _ => Remedy.UseProcessor,
        });

    /// <summary>The C function.</summary>
    public string Call { get; }

    /// <summary>What it returned.</summary>
    public CudaStatus Status { get; }

    private static string Advice(CudaStatus status) => status switch
    {
        CudaStatus.OutOfMemory => "use a smaller batch, patch or width, or end other programs on this GPU",
        CudaStatus.NoDevice => "no NVIDIA GPU is visible; look at nvidia-smi and CUDA_VISIBLE_DEVICES, or compute on the processor",
        CudaStatus.InvalidDevice => "there is no GPU of that number; nvidia-smi lists them",
        CudaStatus.StubLibrary or CudaStatus.SystemDriverMismatch =>
            "the driver's library does not belong to the loaded kernel module; reboot or reinstall the NVIDIA driver",
        CudaStatus.DeviceUnavailable => "another program has this GPU to itself; end it, or choose another GPU",
        CudaStatus.SystemNotReady => "a service of the driver is not up; look at nvidia-smi, and at nvidia-fabricmanager on machines with NVSwitch",
        CudaStatus.CompatNotSupportedOnDevice => "remove CUDA's compat folder from LD_LIBRARY_PATH, or update the NVIDIA driver",
        CudaStatus.JitCompilerNotFound => "the driver's PTX compiler (libnvidia-ptxjitcompiler) is missing; install the whole NVIDIA driver, "
            + "in a container with NVIDIA_DRIVER_CAPABILITIES=compute,utility",
        CudaStatus.UnsupportedPtxVersion => "the driver is too old; install a driver for CUDA 12.0 or later (525 or later), or compute on the processor",
        _ when status.IsSticky() => "the GPU's context is lost; start the program again, and if it comes back run it under compute-sanitizer",
        _ => "if it comes back, report it with what was found of GPU, driver and libraries, or compute on the processor",
    };
}
