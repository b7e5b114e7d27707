using System.Runtime.InteropServices;

namespace Histoseg.Cuda;

/// <summary>cuBLASLt's C functions, the same in CUDA 12 and 13.</summary>
/// <remarks>Checked against <c>native/abi/cublaslt.csv</c>.</remarks>
internal static unsafe partial class CublasLtNative
{
    internal const string Library = "cublasLt";

    [LibraryImport(Library, EntryPoint = "cublasLtGetVersion")]
    internal static partial nuint GetVersion();

    [LibraryImport(Library, EntryPoint = "cublasLtCreate")]
    internal static partial CublasStatus Create(out nint handle);

    [LibraryImport(Library, EntryPoint = "cublasLtDestroy")]
    internal static partial CublasStatus Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulDescCreate")]
    internal static partial CublasStatus MatmulDescCreate(out nint descriptor, CublasComputeType compute, CudaDataType scale);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulDescSetAttribute")]
    internal static partial CublasStatus MatmulDescSetAttribute(nint descriptor, CublasLtMatmulDescAttribute attribute, void* value, nuint bytes);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulDescDestroy")]
    internal static partial CublasStatus MatmulDescDestroy(nint descriptor);

    [LibraryImport(Library, EntryPoint = "cublasLtMatrixLayoutCreate")]
    internal static partial CublasStatus MatrixLayoutCreate(out nint layout, CudaDataType type, ulong rows, ulong columns, long leading);

    [LibraryImport(Library, EntryPoint = "cublasLtMatrixLayoutDestroy")]
    internal static partial CublasStatus MatrixLayoutDestroy(nint layout);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulPreferenceCreate")]
    internal static partial CublasStatus MatmulPreferenceCreate(out nint preference);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulPreferenceSetAttribute")]
    internal static partial CublasStatus MatmulPreferenceSetAttribute(nint preference, CublasLtPreferenceAttribute attribute, void* value,
        nuint bytes);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulPreferenceDestroy")]
    internal static partial CublasStatus MatmulPreferenceDestroy(nint preference);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmulAlgoGetHeuristic")]
    internal static partial CublasStatus MatmulAlgoGetHeuristic(nint handle, nint operation, nint a, nint b, nint c, nint d, nint preference,
        int requested, CublasLtHeuristicResult* results, out int returned);

    [LibraryImport(Library, EntryPoint = "cublasLtMatmul")]
    internal static partial CublasStatus Matmul(nint handle, nint operation, float* alpha, ulong a, nint aLayout, ulong b, nint bLayout,
        float* beta, ulong c, nint cLayout, ulong d, nint dLayout, CublasLtAlgorithm* algorithm, ulong workspace, nuint workspaceBytes, nint stream);
}
