namespace Histoseg.Cuda;

/// <summary>The installed cuBLASLt; comes from <see cref="CudaLibraries.CublasLt"/>, which has loaded it.</summary>
internal sealed unsafe class CublasLt : ICublasLt
{
    public nuint GetVersion() => CublasLtNative.GetVersion();

    public CublasStatus Create(out nint handle) => CublasLtNative.Create(out handle);

    public CublasStatus Destroy(nint handle) => CublasLtNative.Destroy(handle);

    public CublasStatus MatmulDescCreate(out nint descriptor, CublasComputeType compute, CudaDataType scale) =>
        CublasLtNative.MatmulDescCreate(out descriptor, compute, scale);

    public CublasStatus MatmulDescSetAttribute(nint descriptor, CublasLtMatmulDescAttribute attribute, void* value, nuint bytes) =>
        CublasLtNative.MatmulDescSetAttribute(descriptor, attribute, value, bytes);

    public CublasStatus MatmulDescDestroy(nint descriptor) => CublasLtNative.MatmulDescDestroy(descriptor);

    public CublasStatus MatrixLayoutCreate(out nint layout, CudaDataType type, ulong rows, ulong columns, long leading) =>
        CublasLtNative.MatrixLayoutCreate(out layout, type, rows, columns, leading);

    public CublasStatus MatrixLayoutDestroy(nint layout) => CublasLtNative.MatrixLayoutDestroy(layout);

    public CublasStatus MatmulPreferenceCreate(out nint preference) => CublasLtNative.MatmulPreferenceCreate(out preference);

    public CublasStatus MatmulPreferenceSetAttribute(nint preference, CublasLtPreferenceAttribute attribute, void* value, nuint bytes) =>
        CublasLtNative.MatmulPreferenceSetAttribute(preference, attribute, value, bytes);

    public CublasStatus MatmulPreferenceDestroy(nint preference) => CublasLtNative.MatmulPreferenceDestroy(preference);

    public CublasStatus MatmulAlgoGetHeuristic(nint handle, nint operation, nint a, nint b, nint c, nint d, nint preference, int requested,
        CublasLtHeuristicResult* results, out int returned) =>
        CublasLtNative.MatmulAlgoGetHeuristic(handle, operation, a, b, c, d, preference, requested, results, out returned);

    public CublasStatus Matmul(nint handle, nint operation, float* alpha, ulong a, nint aLayout, ulong b, nint bLayout, float* beta, ulong c,
        nint cLayout, ulong d, nint dLayout, CublasLtAlgorithm* algorithm, ulong workspace, nuint workspaceBytes, nint stream) =>
        CublasLtNative.Matmul(handle, operation, alpha, a, aLayout, b, bLayout, beta, c, cLayout, d, dLayout, algorithm, workspace,
            workspaceBytes, stream);
}
