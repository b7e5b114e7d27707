using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda;

/// <summary>Something was asked of the software device, or done on it, that a GPU would punish or silently get wrong.</summary>
public sealed class SoftwareCudaFault : Exception
{
    internal SoftwareCudaFault(CudaStatus status, string message, Exception? cause = null) : base(message, cause) => Status = status;

    /// <summary>What a driver would return, at this call or a later one; success where it would notice nothing.</summary>
    public CudaStatus Status { get; }
}
