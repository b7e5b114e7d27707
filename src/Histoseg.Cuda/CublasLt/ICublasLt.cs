namespace Histoseg.Cuda;

/// <summary>cuBLASLt as far as the engine uses it: one method per C function, of its name without <c>cublasLt</c>, returning its status unchecked.</summary>
public unsafe interface ICublasLt
{
    /// <summary>cublasLtGetVersion.</summary>
    nuint GetVersion();

    /// <summary>cublasLtCreate.</summary>
    CublasStatus Create(out nint handle);

    /// <summary>cublasLtDestroy.</summary>
    CublasStatus Destroy(nint handle);

    /// <summary>cublasLtMatmulDescCreate.</summary>
    CublasStatus MatmulDescCreate(out nint descriptor, CublasComputeType compute, CudaDataType scale);

    /// <summary>cublasLtMatmulDescSetAttribute.</summary>
    CublasStatus MatmulDescSetAttribute(nint descriptor, CublasLtMatmulDescAttribute attribute, void* value, nuint bytes);

    /// <summary>cublasLtMatmulDescDestroy.</summary>
    CublasStatus MatmulDescDestroy(nint descriptor);

    /// <summary>cublasLtMatrixLayoutCreate: column-major, as all of cuBLAS.</summary>
    CublasStatus MatrixLayoutCreate(out nint layout, CudaDataType type, ulong rows, ulong columns, long leading);

    /// <summary>cublasLtMatrixLayoutDestroy.</summary>
    CublasStatus MatrixLayoutDestroy(nint layout);

    /// <summary>cublasLtMatmulPreferenceCreate.</summary>
    CublasStatus MatmulPreferenceCreate(out nint preference);

    /// <summary>cublasLtMatmulPreferenceSetAttribute.</summary>
    CublasStatus MatmulPreferenceSetAttribute(nint preference, CublasLtPreferenceAttribute attribute, void* value, nuint bytes);

    /// <summary>cublasLtMatmulPreferenceDestroy.</summary>
    CublasStatus MatmulPreferenceDestroy(nint preference);

    /// <summary>cublasLtMatmulAlgoGetHeuristic.</summary>
    CublasStatus MatmulAlgoGetHeuristic(nint handle, nint operation, nint a, nint b, nint c, nint d, nint preference, int requested,
        CublasLtHeuristicResult* results, out int returned);

    /// <summary>cublasLtMatmul: D ← alpha·op(A)·op(B) + beta·C, then the epilogue.</summary>
    CublasStatus Matmul(nint handle, nint operation, float* alpha, ulong a, nint aLayout, ulong b, nint bLayout, float* beta, ulong c, nint cLayout,
        ulong d, nint dLayout, CublasLtAlgorithm* algorithm, ulong workspace, nuint workspaceBytes, nint stream);
}
