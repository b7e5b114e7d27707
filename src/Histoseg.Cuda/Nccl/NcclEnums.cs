namespace Histoseg.Cuda;

/// <summary>What a call of NCCL returns (<c>ncclResult_t</c>).</summary>
public enum NcclStatus
{
    /// <summary>ncclSuccess.</summary>
    Success = 0,
    /// <summary>ncclUnhandledCudaError.</summary>
    UnhandledCudaError = 1,
    /// <summary>ncclSystemError.</summary>
    SystemError = 2,
    /// <summary>ncclInternalError.</summary>
    InternalError = 3,
    /// <summary>ncclInvalidArgument.</summary>
    InvalidArgument = 4,
    /// <summary>ncclInvalidUsage.</summary>
    InvalidUsage = 5,
    /// <summary>ncclRemoteError.</summary>
    RemoteError = 6,
    /// <summary>ncclInProgress.</summary>
    InProgress = 7,
}

/// <summary><c>ncclDataType_t</c>.</summary>
public enum NcclType
{
    /// <summary>ncclFloat32.</summary>
    Float32 = 7,
}

/// <summary><c>ncclRedOp_t</c>.</summary>
public enum NcclOperation
{
    /// <summary>ncclSum.</summary>
    Sum = 0,
    /// <summary>ncclAvg, from NCCL 2.10 on.</summary>
    Avg = 4,
}
