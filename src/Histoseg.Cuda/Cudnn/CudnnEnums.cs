namespace Histoseg.Cuda;

/// <summary>What a call of cuDNN returns (<c>cudnnStatus_t</c> of cuDNN 9: classes of a thousand, see <see cref="CudnnStatusExtensions.Class"/>).</summary>
public enum CudnnStatus
{
    /// <summary>CUDNN_STATUS_SUCCESS.</summary>
    Success = 0,
    /// <summary>CUDNN_STATUS_NOT_INITIALIZED.</summary>
    NotInitialized = 1001,
    /// <summary>CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH: a part of cuDNN is of another version.</summary>
    SublibraryVersionMismatch = 1002,
    /// <summary>CUDNN_STATUS_DEPRECATED.</summary>
    Deprecated = 1004,
    /// <summary>CUDNN_STATUS_SUBLIBRARY_LOADING_FAILED: a part of cuDNN was not found.</summary>
    SublibraryLoadingFailed = 1008,
    /// <summary>CUDNN_STATUS_BAD_PARAM.</summary>
    BadParam = 2000,
    /// <summary>CUDNN_STATUS_BAD_PARAM_NULL_POINTER.</summary>
    BadParamNullPointer = 2002,
    /// <summary>CUDNN_STATUS_BAD_PARAM_MISALIGNED_POINTER.</summary>
    BadParamMisalignedPointer = 2003,
    /// <summary>CUDNN_STATUS_BAD_PARAM_OUT_OF_BOUND.</summary>
    BadParamOutOfBound = 2005,
    /// <summary>CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT: for example a workspace that is too short.</summary>
    BadParamSizeInsufficient = 2006,
    /// <summary>CUDNN_STATUS_BAD_PARAM_STREAM_MISMATCH.</summary>
    BadParamStreamMismatch = 2007,
    /// <summary>CUDNN_STATUS_BAD_PARAM_SHAPE_MISMATCH.</summary>
    BadParamShapeMismatch = 2008,
    /// <summary>CUDNN_STATUS_NOT_SUPPORTED: this algorithm does not do this shape or type.</summary>
    NotSupported = 3000,
    /// <summary>CUDNN_STATUS_NOT_SUPPORTED_SHAPE.</summary>
    NotSupportedShape = 3002,
    /// <summary>CUDNN_STATUS_NOT_SUPPORTED_DATA_TYPE.</summary>
    NotSupportedDataType = 3003,
    /// <summary>CUDNN_STATUS_NOT_SUPPORTED_LAYOUT.</summary>
    NotSupportedLayout = 3004,
    /// <summary>CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDA_DRIVER.</summary>
    NotSupportedIncompatibleCudaDriver = 3005,
    /// <summary>CUDNN_STATUS_NOT_SUPPORTED_INCOMPATIBLE_CUDART.</summary>
    NotSupportedIncompatibleCudart = 3006,
    /// <summary>CUDNN_STATUS_NOT_SUPPORTED_ARCH_MISMATCH.</summary>
    NotSupportedArchMismatch = 3007,
    /// <summary>CUDNN_STATUS_NOT_SUPPORTED_RUNTIME_PREREQUISITE_MISSING.</summary>
    NotSupportedRuntimePrerequisiteMissing = 3008,
    /// <summary>CUDNN_STATUS_NOT_SUPPORTED_SUBLIBRARY_UNAVAILABLE.</summary>
    NotSupportedSublibraryUnavailable = 3009,
    /// <summary>CUDNN_STATUS_NOT_SUPPORTED_SHARED_MEMORY_INSUFFICIENT.</summary>
    NotSupportedSharedMemoryInsufficient = 3010,
    /// <summary>CUDNN_STATUS_INTERNAL_ERROR.</summary>
    InternalError = 4000,
    /// <summary>CUDNN_STATUS_INTERNAL_ERROR_COMPILATION_FAILED.</summary>
    InternalErrorCompilationFailed = 4001,
    /// <summary>CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED.</summary>
    InternalErrorHostAllocationFailed = 4003,
    /// <summary>CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED.</summary>
    InternalErrorDeviceAllocationFailed = 4004,
    /// <summary>CUDNN_STATUS_EXECUTION_FAILED.</summary>
    ExecutionFailed = 5000,
    /// <summary>CUDNN_STATUS_EXECUTION_FAILED_CUDA_DRIVER.</summary>
    ExecutionFailedCudaDriver = 5001,
    /// <summary>CUDNN_STATUS_EXECUTION_FAILED_CUBLAS.</summary>
    ExecutionFailedCublas = 5002,
    /// <summary>CUDNN_STATUS_EXECUTION_FAILED_CUDART.</summary>
    ExecutionFailedCudart = 5003,
}

/// <summary><c>cudnnDataType_t</c>.</summary>
public enum CudnnDataType
{
    /// <summary>CUDNN_DATA_FLOAT.</summary>
    Float = 0,
    /// <summary>CUDNN_DATA_BFLOAT16.</summary>
    BFloat16 = 9,
}

/// <summary><c>cudnnTensorFormat_t</c>.</summary>
public enum CudnnTensorFormat
{
    /// <summary>CUDNN_TENSOR_NCHW.</summary>
    Nchw = 0,
    /// <summary>CUDNN_TENSOR_NHWC: channels last; for filters (O, KH, KW, I).</summary>
    Nhwc = 1,
}

/// <summary><c>cudnnConvolutionMode_t</c>.</summary>
public enum CudnnConvolutionMode
{
    /// <summary>CUDNN_CONVOLUTION: the kernel flipped.</summary>
    Convolution = 0,
    /// <summary>CUDNN_CROSS_CORRELATION: what networks call a convolution.</summary>
    CrossCorrelation = 1,
}

/// <summary><c>cudnnMathType_t</c>.</summary>
public enum CudnnMathType
{
    /// <summary>CUDNN_DEFAULT_MATH.</summary>
    Default = 0,
    /// <summary>CUDNN_TENSOR_OP_MATH.</summary>
    TensorOp = 1,
    /// <summary>CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION: float32 through tf32.</summary>
    TensorOpAllowConversion = 2,
    /// <summary>CUDNN_FMA_MATH: float32 without tensor cores.</summary>
    Fma = 3,
}

/// <summary><c>cudnnActivationMode_t</c>.</summary>
public enum CudnnActivationMode
{
    /// <summary>CUDNN_ACTIVATION_RELU.</summary>
    Relu = 1,
    /// <summary>CUDNN_ACTIVATION_IDENTITY.</summary>
    Identity = 5,
}

/// <summary><c>cudnnNanPropagation_t</c>.</summary>
public enum CudnnNanPropagation
{
    /// <summary>CUDNN_NOT_PROPAGATE_NAN.</summary>
    NotPropagate = 0,
    /// <summary>CUDNN_PROPAGATE_NAN.</summary>
    Propagate = 1,
}
