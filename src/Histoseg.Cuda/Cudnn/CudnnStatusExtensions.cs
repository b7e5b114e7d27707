namespace Histoseg.Cuda;

/// <summary>Checks of cuDNN's statuses.</summary>
public static class CudnnStatusExtensions
{
    /// <summary>Throws unless the call succeeded.</summary>
    /// <param name="status">What it returned.</param>
    /// <param name="call">The C function, with what it was called for where that helps.</param>
    /// <exception cref="CudnnException">Names the call, the status and the remedy.</exception>
    public static void Check(this CudnnStatus status, string call)
    {
        if (status != CudnnStatus.Success)
            throw new CudnnException(call, status);
    }

    /// <summary>The general status of the thousand a status lies in: 3004 is a <see cref="CudnnStatus.NotSupported"/>.</summary>
    public static CudnnStatus Class(this CudnnStatus status) => ((int)status / 1000) switch
    {
        1 => CudnnStatus.NotInitialized,
        2 => CudnnStatus.BadParam,
        3 => CudnnStatus.NotSupported,
        4 => CudnnStatus.InternalError,
        5 => CudnnStatus.ExecutionFailed,
        _ => status,
    };
}
