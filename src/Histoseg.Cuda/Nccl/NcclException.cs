namespace Histoseg.Cuda;

/// <summary>A call of NCCL failed.</summary>
public sealed class NcclException : GpuException
{
    /// <summary>A failure.</summary>
    /// <param name="call">The C function.</param>
    /// <param name="status">What it returned.</param>
    public NcclException(string call, NcclStatus status)
        : base($"{call}: {(Enum.IsDefined(status) ? status : "unknown status")} ({(int)status}); {Advice(status)}") =>
        (Call, Status, Remedy) = (call, status, Remedy.UseProcessor);

    /// <summary>The C function.</summary>
    public string Call { get; }

    /// <summary>What it returned.</summary>
    public NcclStatus Status { get; }

    private static string Advice(NcclStatus status) => status switch
    {
        NcclStatus.RemoteError => "another rank has gone; look at its messages",
        NcclStatus.SystemError => "a network or shared memory between the ranks does not serve; NCCL_DEBUG=WARN tells which",
        NcclStatus.UnhandledCudaError => "the GPU's context may be lost, or two ranks share a GPU; NCCL_DEBUG=WARN tells more",
        _ => "NCCL_DEBUG=WARN tells more",
    };
}

/// <summary>Checks of NCCL's statuses.</summary>
public static class NcclStatusExtensions
{
    /// <summary>Throws unless the call succeeded.</summary>
    /// <param name="status">What it returned.</param>
    /// <param name="call">The C function.</param>
    /// <exception cref="NcclException">Names the call, the status and the remedy.</exception>
    public static void Check(this NcclStatus status, string call)
    {
        if (status != NcclStatus.Success)
            throw new NcclException(call, status);
    }
}
