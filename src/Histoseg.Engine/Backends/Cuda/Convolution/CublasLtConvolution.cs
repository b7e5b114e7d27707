using System.Runtime.InteropServices;
using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>A 1×1 convolution, or a gradient of one, as a plain matrix product by cuBLASLt, with bias, residual and ReLU fused.</summary>
/// <remarks>
/// cuBLAS counts columns first, so a row-major matrix is to it the transpose, and each product is asked for as its transpose:
/// yᵀ (O × P) = W · xᵀ for W (O × I); yᵀ (O × P) = Wᵀ · xᵀ for W (I × O); dWᵀ (I × O) = xᵀ · dy.
/// The bias must have y's type; where that is bfloat16 it is narrowed into the workspace, behind cuBLASLt's part.
/// </remarks>
internal sealed unsafe class CublasLtConvolution : IConvolution
{
    private const int Heuristics = 8;

    private readonly CudaDevice _device;
    private readonly nint _handle;
    private readonly ConvolutionProblem _problem;
    private readonly CublasLtProduct _product;
    private readonly CublasLtAlgorithm* _algorithm;
    private readonly long _productBytes;
    private ConvolutionTensors _tensors;
    private CudaLaunch? _narrow;

    private CublasLtConvolution(CudaDevice device, nint handle, ConvolutionProblem problem, CublasLtHeuristicResult found, int place)
    {
        (_device, _handle, _problem) = (device, handle, problem);
        _product = new CublasLtProduct(device.CublasLt!, problem);
        _algorithm = (CublasLtAlgorithm*)NativeMemory.Alloc((nuint)sizeof(CublasLtAlgorithm));
        *_algorithm = found.Algorithm;
        _productBytes = ((long)found.WorkspaceBytes + 255) / 256 * 256;
        Name = $"cublaslt {place}";
    }

    public string Name { get; }

    public long WorkspaceBytes => _productBytes + (Narrows ? _problem.Target.C * sizeof(ushort) : 0);

    private bool Narrows => _problem.HasBias && _problem.Precision == Precision.Bf16;

    /// <summary>
    /// The algorithms cuBLASLt proposes for this problem; none where it is no matrix product. <paramref name="refused"/> is
    /// told where it proposes none, and why.
    /// </summary>
    public static IEnumerable<IConvolution> Candidates(CudaDevice device, nint handle, ConvolutionProblem problem, long mostWorkspace,
        Action<string, string>? refused)
    {
        if (!problem.IsMatrixProduct)
            return [];
        if (problem.Relu && problem.KeepsNaN)
        {
            refused?.Invoke("cublaslt", "its ReLU makes a NaN 0");
            return [];
        }
        try
        {
            var results = new CublasLtHeuristicResult[Heuristics];
            int count;
            using (var product = new CublasLtProduct(device.CublasLt!, problem))
                fixed (CublasLtHeuristicResult* first = results)
                    count = product.Propose(handle, (ulong)mostWorkspace, first, Heuristics);
            if (count == 0)
                refused?.Invoke("cublaslt", "it proposes no algorithm");
            return [.. results.Take(count).Where(r => r.State == CublasStatus.Success)
                .Select((r, place) => new CublasLtConvolution(device, handle, problem, r, place))];
        }
        catch (CublasException e)
        {
            refused?.Invoke("cublaslt", e.Message);
            return [];
        }
    }

    public void Bind(ConvolutionTensors tensors)
    {
        _tensors = tensors;
        _narrow?.Dispose();
        _narrow = Narrows
            ? ConvolutionTools.Over(_device, "conv_narrow", _problem.Target.C, tensors.Bias, new Workspace(_productBytes), (long)_problem.Target.C)
            : null;
    }

    public void Run(ulong workspace)
    {
        var t = _tensors;
        if (_problem.HasBias)
            _product.SetBias(_narrow is null ? t.Bias : workspace + (ulong)_productBytes);
        _narrow?.Bind(workspace);
        _narrow?.Run();
        var (a, b, d) = _problem.Kind == ConvolutionKind.WeightGradient ? (t.Source, t.Target, t.Weight) : (t.Weight, t.Source, t.Target);
        float one = 1, added = _problem.HasResidual ? 1 : 0;
        var status = _device.CublasLt!.Matmul(_handle, _product.Operation, &one, a, _product.A, b, _product.B, &added,
            _problem.HasResidual ? t.Residual : d, _product.D,
            d, _product.D, _algorithm, workspace, (nuint)_productBytes, _device.ComputeStream);
        if (status != CublasStatus.Success)
            throw new CublasException("cublasLtMatmul", status, _problem.ToString());
    }

    public void Dispose()
    {
        _narrow?.Dispose();
        _product.Dispose();
        NativeMemory.Free(_algorithm);
    }
}
