namespace Histoseg.Cuda;

/// <summary>What a call of cuDNN returns (<c>cudnnStatus_t</c> of cuDNN 9: classes of a thousand).</summary>
public enum CudnnStatus
{
    /// <summary>CUDNN_STATUS_SUCCESS.</summary>
    Success = 0,
    /// <summary>CUDNN_STATUS_NOT_INITIALIZED.</summary>
    NotInitialized = 1001,
    /// <summary>CUDNN_STATUS_BAD_PARAM.</summary>
    BadParam = 2000,
    /// <summary>CUDNN_STATUS_NOT_SUPPORTED: this algorithm does not do this shape or type.</summary>
    NotSupported = 3000,
    /// <summary>CUDNN_STATUS_INTERNAL_ERROR.</summary>
    InternalError = 4000,
    /// <summary>CUDNN_STATUS_EXECUTION_FAILED.</summary>
    ExecutionFailed = 5000,
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
