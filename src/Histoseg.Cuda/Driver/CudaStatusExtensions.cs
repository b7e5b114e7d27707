namespace Histoseg.Cuda;

/// <summary>Checks of statuses.</summary>
public static class CudaStatusExtensions
{
    /// <summary>Throws unless the call succeeded.</summary>
    /// <param name="status">What it returned.</param>
    /// <param name="call">The C function, with what it was called for where that helps.</param>
    /// <exception cref="CudaException">Names the call, the status and the remedy.</exception>
    public static void Check(this CudaStatus status, string call)
    {
        if (status != CudaStatus.Success)
            throw new CudaException(call, status);
    }

    /// <summary>Whether the error outlives the call: the context is broken and every later call fails too.</summary>
    public static bool IsSticky(this CudaStatus status) => status is CudaStatus.IllegalAddress or CudaStatus.LaunchTimeout or CudaStatus.MisalignedAddress
        or CudaStatus.InvalidPc or CudaStatus.LaunchFailed or CudaStatus.EccUncorrectable or CudaStatus.Assert or CudaStatus.HardwareStackError
        or CudaStatus.IllegalInstruction or CudaStatus.InvalidAddressSpace;
}
