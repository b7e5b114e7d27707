using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>cuBLASLt's descriptors of one product D = op(A) · B with its epilogue; see <see cref="CublasLtConvolution"/>.</summary>
internal sealed unsafe class CublasLtProduct : IDisposable
{
    // Any well-aligned address serves while algorithms are asked for; the real one comes with each run.
    private const ulong SomeAddress = 256;

    private readonly ICublasLt _blas;
    private readonly List<Func<CublasStatus>> _destroy = [];
    private ulong _bias;

    public CublasLtProduct(ICublasLt blas, ConvolutionProblem problem)
    {
        _blas = blas;
        try
        {
            var (inner, outer, pixels) = (problem.Source.C, problem.Target.C, problem.Target.Pixels);
            var type = problem.Precision == Precision.Bf16 ? CudaDataType.BFloat16 : CudaDataType.Float32;
            Operation = Describe(problem, type);
            (A, B, D) = problem.Kind switch
            {
                ConvolutionKind.Forward => (Layout(type, inner, outer), Layout(type, inner, pixels), Layout(type, outer, pixels)),
                ConvolutionKind.Transposed => (Layout(type, outer, inner), Layout(type, inner, pixels), Layout(type, outer, pixels)),
                _ => (Layout(type, inner, pixels), Layout(type, outer, pixels), Layout(CudaDataType.Float32, inner, outer)),
            };
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public nint Operation { get; }

    public nint A { get; }

    public nint B { get; }

    /// <summary>The layout of the result, and of the residual added to it.</summary>
    public nint D { get; }

    /// <summary>Says where the bias is.</summary>
    public void SetBias(ulong address)
    {
        if (address == _bias)
            return;
        Set(Operation, CublasLtMatmulDescAttribute.BiasPointer, address);
        _bias = address;
    }

    /// <summary>Asks for algorithms, the one thought fastest first.</summary>
    /// <returns>How many there are.</returns>
    public int Propose(nint handle, ulong mostWorkspace, CublasLtHeuristicResult* results, int most)
    {
        _blas.MatmulPreferenceCreate(out var preference).Check("cublasLtMatmulPreferenceCreate");
        try
        {
            _blas.MatmulPreferenceSetAttribute(preference, CublasLtPreferenceAttribute.MaxWorkspaceBytes, &mostWorkspace, sizeof(ulong))
                .Check("cublasLtMatmulPreferenceSetAttribute");
            // Whatever it says instead of proposing: it does not do this product.
            return _blas.MatmulAlgoGetHeuristic(handle, Operation, A, B, D, D, preference, most, results, out var returned) == CublasStatus.Success
                ? returned : 0;
        }
        finally
        {
            _blas.MatmulPreferenceDestroy(preference);
        }
    }

    private nint Describe(ConvolutionProblem problem, CudaDataType type)
    {
        _blas.MatmulDescCreate(out var operation,
            problem.Precision == Precision.Tf32 ? CublasComputeType.Float32FastTf32 : CublasComputeType.Float32, CudaDataType.Float32)
            .Check("cublasLtMatmulDescCreate");
        _destroy.Add(() => _blas.MatmulDescDestroy(operation));
        if (problem.Kind == ConvolutionKind.Forward)
            Set(operation, CublasLtMatmulDescAttribute.TransA, 1);
        if (problem.Kind == ConvolutionKind.WeightGradient)
            Set(operation, CublasLtMatmulDescAttribute.TransB, 1);
        Set(operation, CublasLtMatmulDescAttribute.Epilogue, (int)((problem.HasBias, problem.Relu) switch
        {
            (true, true) => CublasLtEpilogue.ReluBias,
            (true, false) => CublasLtEpilogue.Bias,
            (false, true) => CublasLtEpilogue.Relu,
            _ => CublasLtEpilogue.Default,
        }));
        if (problem.HasBias)
        {
            Set(operation, CublasLtMatmulDescAttribute.BiasDataType, (int)type);
            Set(operation, CublasLtMatmulDescAttribute.BiasPointer, SomeAddress);
        }
        return operation;
    }

    /// <summary>A matrix without gaps between its columns.</summary>
    private nint Layout(CudaDataType type, long rows, long columns)
    {
        _blas.MatrixLayoutCreate(out var layout, type, (ulong)rows, (ulong)columns, rows).Check("cublasLtMatrixLayoutCreate");
        _destroy.Add(() => _blas.MatrixLayoutDestroy(layout));
        return layout;
    }

    private void Set<T>(nint operation, CublasLtMatmulDescAttribute attribute, T value) where T : unmanaged =>
        _blas.MatmulDescSetAttribute(operation, attribute, &value, (nuint)sizeof(T)).Check($"cublasLtMatmulDescSetAttribute {attribute}");

    public void Dispose()
    {
        foreach (var destroy in _destroy)
            destroy();
        _destroy.Clear();
    }
}
