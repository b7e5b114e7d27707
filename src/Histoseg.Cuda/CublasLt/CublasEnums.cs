namespace Histoseg.Cuda;

/// <summary>What a call of cuBLAS returns (<c>cublasStatus_t</c>).</summary>
public enum CublasStatus
{
    /// <summary>CUBLAS_STATUS_SUCCESS.</summary>
    Success = 0,
    /// <summary>CUBLAS_STATUS_NOT_INITIALIZED.</summary>
    NotInitialized = 1,
    /// <summary>CUBLAS_STATUS_ALLOC_FAILED.</summary>
    AllocFailed = 3,
    /// <summary>CUBLAS_STATUS_INVALID_VALUE.</summary>
    InvalidValue = 7,
    /// <summary>CUBLAS_STATUS_ARCH_MISMATCH.</summary>
    ArchMismatch = 8,
    /// <summary>CUBLAS_STATUS_EXECUTION_FAILED.</summary>
    ExecutionFailed = 13,
    /// <summary>CUBLAS_STATUS_INTERNAL_ERROR.</summary>
    InternalError = 14,
    /// <summary>CUBLAS_STATUS_NOT_SUPPORTED.</summary>
    NotSupported = 15,
}

/// <summary><c>cublasComputeType_t</c>.</summary>
public enum CublasComputeType
{
    /// <summary>CUBLAS_COMPUTE_32F.</summary>
    Float32 = 68,
    /// <summary>CUBLAS_COMPUTE_32F_FAST_TF32.</summary>
    Float32FastTf32 = 77,
}

/// <summary><c>cudaDataType_t</c>.</summary>
public enum CudaDataType
{
    /// <summary>CUDA_R_32F.</summary>
    Float32 = 0,
    /// <summary>CUDA_R_16BF.</summary>
    BFloat16 = 14,
}

/// <summary><c>cublasLtMatmulDescAttributes_t</c>.</summary>
public enum CublasLtMatmulDescAttribute
{
    /// <summary>CUBLASLT_MATMUL_DESC_TRANSA, an int32: 0 as it is, 1 transposed.</summary>
    TransA = 3,
    /// <summary>CUBLASLT_MATMUL_DESC_TRANSB, an int32.</summary>
    TransB = 4,
    /// <summary>CUBLASLT_MATMUL_DESC_EPILOGUE, an int32 of <see cref="CublasLtEpilogue"/>.</summary>
    Epilogue = 7,
    /// <summary>CUBLASLT_MATMUL_DESC_BIAS_POINTER, a device address: one number per row of D.</summary>
    BiasPointer = 8,
    /// <summary>CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE, an int32 of <see cref="CudaDataType"/>.</summary>
    BiasDataType = 26,
}

/// <summary><c>cublasLtEpilogue_t</c>.</summary>
public enum CublasLtEpilogue
{
    /// <summary>CUBLASLT_EPILOGUE_DEFAULT: nothing.</summary>
    Default = 1,
    /// <summary>CUBLASLT_EPILOGUE_RELU.</summary>
    Relu = 2,
    /// <summary>CUBLASLT_EPILOGUE_BIAS.</summary>
    Bias = 4,
    /// <summary>CUBLASLT_EPILOGUE_RELU_BIAS.</summary>
    ReluBias = 6,
}

/// <summary><c>cublasLtMatmulPreferenceAttributes_t</c>.</summary>
public enum CublasLtPreferenceAttribute
{
    /// <summary>CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, a uint64.</summary>
    MaxWorkspaceBytes = 1,
}

/// <summary><c>cublasLtMatmulAlgo_t</c>: opaque.</summary>
public unsafe struct CublasLtAlgorithm
{
    /// <summary>Its 64 bytes.</summary>
    public fixed ulong Data[8];
}

/// <summary><c>cublasLtMatmulHeuristicResult_t</c>.</summary>
public unsafe struct CublasLtHeuristicResult
{
    /// <summary>The algorithm.</summary>
    public CublasLtAlgorithm Algorithm;
    /// <summary>Bytes of workspace it needs.</summary>
    public nuint WorkspaceBytes;
    /// <summary>Whether it can run.</summary>
    public CublasStatus State;
    /// <summary>Waves it takes; 1 fills the GPU once.</summary>
    public float WavesCount;
    /// <summary>Reserved.</summary>
    public fixed int Reserved[4];
}
