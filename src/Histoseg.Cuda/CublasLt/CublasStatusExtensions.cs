namespace Histoseg.Cuda;

/// <summary>Checks of cuBLAS's statuses.</summary>
public static class CublasStatusExtensions
{
    /// <summary>Throws unless the call succeeded.</summary>
    /// <param name="status">What it returned.</param>
    /// <param name="call">The C function, with what it was called for where that helps.</param>
    /// <exception cref="CublasException">Names the call, the status and the remedy.</exception>
    public static void Check(this CublasStatus status, string call)
    {
        if (status != CublasStatus.Success)
            throw new CublasException(call, status);
    }
}
