using Histoseg.Cuda;
using Histoseg.SoftwareCuda.Libraries;

namespace Histoseg.SoftwareCuda.Tests;

public sealed unsafe class CublasLtTests : IDisposable
{
    private const int M = 5, N = 3, K = 70;

    private readonly TestDevice _device = new();
    private readonly SoftwareCublasLt _blas;
    private readonly nint _handle, _preference, _stream;

    public CublasLtTests()
    {
        _blas = new SoftwareCublasLt(_device.Driver);
        Ok(_blas.Create(out _handle));
        Ok(_blas.MatmulPreferenceCreate(out _preference));
        ulong limit = 1 << 16;
        Ok(_blas.MatmulPreferenceSetAttribute(_preference, CublasLtPreferenceAttribute.MaxWorkspaceBytes, &limit, 8));
        _stream = _device.Stream();
    }

    public void Dispose() => _device.Dispose();

    [Theory]
    [InlineData(false, false, CublasLtEpilogue.Default)]
    [InlineData(true, false, CublasLtEpilogue.Bias)]
    [InlineData(false, true, CublasLtEpilogue.Relu)]
    [InlineData(true, true, CublasLtEpilogue.ReluBias)]
    public void Every_algorithm_agrees_with_sums_in_float64(bool transA, bool transB, CublasLtEpilogue epilogue)
    {
        var product = new Product(this, transA, transB, epilogue);
        var found = product.Heuristic(8);
        Assert.Equal(3, found.Length);
        Assert.Equal(3, found.Select(result => result.WorkspaceBytes).Distinct().Count());
        foreach (var result in found)
        {
            product.D = _device.Upload([.. product.OldValues]);
            Ok(product.Run(result.Algorithm, result.WorkspaceBytes));
            ConvolutionCase.Close(product.Expected(), product.Written(), 1e-6);
        }
    }

    [Theory]
    [InlineData(CudaDataType.BFloat16)]
    [InlineData(CudaDataType.Float32)]
    public void Bfloat16_operands_give_a_bfloat16_or_float32_result(CudaDataType resultType)
    {
        // (1 2) · (1.5, 5/1024)ᵀ = 1.509765625, and the nearest bfloat16, which has 7 bits after the point, is 1.5078125
        Ok(_blas.MatmulDescCreate(out var operation, CublasComputeType.Float32, CudaDataType.Float32));
        Ok(_blas.MatrixLayoutCreate(out var row, CudaDataType.BFloat16, 1, 2, 1));
        Ok(_blas.MatrixLayoutCreate(out var column, CudaDataType.BFloat16, 2, 1, 2));
        Ok(_blas.MatrixLayoutCreate(out var result, resultType, 1, 1, 1));
        var (a, b, d) = (_device.Upload(Bits(1), Bits(2)), _device.Upload(Bits(1.5f), Bits(0.0048828125f)), _device.Device(4));
        float alpha = 1, beta = 0;
        Ok(_blas.Matmul(_handle, operation, &alpha, a, row, b, column, &beta, d, result, d, result, null, 0, 0, _stream));
        if (resultType == CudaDataType.BFloat16)
            Assert.Equal(Bits(1.5078125f), _device.Download<ushort>(d, 1)[0]);
        else
            Assert.Equal(1.509765625f, _device.Download<float>(d, 1)[0]);
    }

    [Theory]
    [InlineData(CublasComputeType.Float32, 1.00073242f)]
    [InlineData(CublasComputeType.Float32FastTf32, 1.00097656f)]
    public void Tf32_is_used_where_it_is_asked_for(CublasComputeType compute, float expected)
    {
        Ok(_blas.MatmulDescCreate(out var operation, compute, CudaDataType.Float32));
        Ok(_blas.MatrixLayoutCreate(out var one, CudaDataType.Float32, 1, 1, 1));
        var (a, b, d) = (_device.Upload(1 + 0.75f * MathF.ScaleB(1, -10)), _device.Upload(1f), _device.Device(4));
        float alpha = 1, beta = 0;
        Ok(_blas.Matmul(_handle, operation, &alpha, a, one, b, one, &beta, d, one, d, one, null, 0, 0, _stream));
        Assert.Equal(expected, _device.Download<float>(d, 1)[0]);
    }

    [Fact]
    public void Tf32_with_bfloat16_and_mixed_operands_are_not_supported()
    {
        Ok(_blas.MatmulDescCreate(out var fast, CublasComputeType.Float32FastTf32, CudaDataType.Float32));
        Ok(_blas.MatmulDescCreate(out var plain, CublasComputeType.Float32, CudaDataType.Float32));
        Ok(_blas.MatrixLayoutCreate(out var half, CudaDataType.BFloat16, 1, 1, 1));
        Ok(_blas.MatrixLayoutCreate(out var full, CudaDataType.Float32, 1, 1, 1));
        CublasLtHeuristicResult result;
        Assert.Equal(CublasStatus.NotSupported, _blas.MatmulAlgoGetHeuristic(_handle, fast, half, half, half, half, _preference, 1, &result, out _));
        Assert.Equal(CublasStatus.NotSupported, _blas.MatmulAlgoGetHeuristic(_handle, plain, full, half, full, full, _preference, 1, &result, out _));
    }

    [Fact]
    public void It_runs_on_the_stream_given_and_needs_an_event_for_another()
    {
        var product = new Product(this, transA: false, transB: false, CublasLtEpilogue.Default);
        Ok(product.Run(product.Heuristic(1)[0].Algorithm, 1 << 12));
        var other = _device.Stream();
        TestDevice.Ok(_device.Driver.MemsetD8Async(product.D, 0, 4, other));
        Assert.Contains("Matmul", _device.FaultOf(() => _device.Driver.CtxSynchronize()));
    }

    [Fact]
    public void A_call_fails_when_told_to_and_a_broken_context_fails_all()
    {
        var product = new Product(this, transA: false, transB: false, CublasLtEpilogue.Default);
        var algorithm = product.Heuristic(1)[0].Algorithm;
        _blas.FailNext(nameof(ICublasLt.Matmul), CublasStatus.NotSupported);
        Assert.Equal(CublasStatus.NotSupported, product.Run(algorithm, 1 << 12));
        Ok(product.Run(algorithm, 1 << 12));
        _device.Driver.FailNext(nameof(ICudaDriver.CtxSynchronize), CudaStatus.LaunchFailed);
        Assert.Equal(CudaStatus.LaunchFailed, _device.Driver.CtxSynchronize());
        Assert.Equal(CublasStatus.ExecutionFailed, product.Run(algorithm, 1 << 12));
    }

    [Fact]
    public void Elements_between_columns_are_left_alone()
    {
        var product = new Product(this, transA: false, transB: false, CublasLtEpilogue.Default);
        Ok(product.Run(product.Heuristic(1)[0].Algorithm, 1 << 12));
        Assert.Equal(product.OldValues[M], _device.Download<float>(product.D, M + 1)[M]);
    }

    [Fact]
    public void Heuristics_keep_to_the_workspace_that_is_allowed()
    {
        ulong limit = 4 * M * N;
        Ok(_blas.MatmulPreferenceSetAttribute(_preference, CublasLtPreferenceAttribute.MaxWorkspaceBytes, &limit, 8));
        Assert.Equal([(nuint)limit, 0],
            new Product(this, transA: false, transB: false, CublasLtEpilogue.Default).Heuristic(8).Select(result => result.WorkspaceBytes));
    }

    [Fact]
    public void A_short_workspace_is_found()
    {
        var product = new Product(this, transA: false, transB: false, CublasLtEpilogue.Default);
        var found = product.Heuristic(1)[0];
        Assert.Contains("bytes of workspace", _device.FaultOf(() => product.Run(found.Algorithm, found.WorkspaceBytes - 1)));
    }

    [Fact]
    public void An_algorithm_of_another_product_is_found()
    {
        var found = new Product(this, transA: false, transB: false, CublasLtEpilogue.Default).Heuristic(1)[0];
        var other = new Product(this, transA: true, transB: false, CublasLtEpilogue.Default);
        Assert.Contains("another product", _device.FaultOf(() => other.Run(found.Algorithm, 1 << 12)));
        Assert.Contains("not made by", _device.FaultOf(() => other.Run(default, 1 << 12)));
    }

    [Fact]
    public void Unknown_attributes_and_wrong_sizes_are_found()
    {
        Ok(_blas.MatmulDescCreate(out var operation, CublasComputeType.Float32, CudaDataType.Float32));
        _device.FaultOf(() => Set(operation, (CublasLtMatmulDescAttribute)99, 0, 4));
        _device.FaultOf(() => Set(operation, CublasLtMatmulDescAttribute.TransA, 0, 8));
        _device.FaultOf(() => Set(operation, CublasLtMatmulDescAttribute.TransA, 7, 4));
        using var quiet = new TestDevice(new SoftwareCudaOptions { ThrowOnFault = false });
        var blas = new SoftwareCublasLt(quiet.Driver);
        Ok(blas.MatmulDescCreate(out operation, CublasComputeType.Float32, CudaDataType.Float32));
        var value = 0;
        Assert.Equal(CublasStatus.InvalidValue, blas.MatmulDescSetAttribute(operation, (CublasLtMatmulDescAttribute)99, &value, 4));
    }

    [Fact]
    public void A_bias_epilogue_without_a_bias_is_found()
    {
        var product = new Product(this, transA: false, transB: false, CublasLtEpilogue.Bias);
        var found = product.Heuristic(1)[0];
        Set(product.Operation, CublasLtMatmulDescAttribute.BiasPointer, 0, 8);
        Assert.Contains("bias pointer", _device.FaultOf(() => product.Run(found.Algorithm, 1 << 12)));
    }

    [Fact]
    public void A_leading_dimension_shorter_than_a_column_is_found() => _device.FaultOf(() => _blas.MatrixLayoutCreate(out _, CudaDataType.Float32, 4, 2, 3));

    private static void Ok(CublasStatus status) => Assert.Equal(CublasStatus.Success, status);

    private static ushort Bits(float value) => DeviceNumbers.ToBFloat16(value);

    private CublasStatus Set(nint operation, CublasLtMatmulDescAttribute attribute, long value, uint bytes) =>
        _blas.MatmulDescSetAttribute(operation, attribute, &value, bytes);

    /// <summary>D ← op(A)·op(B) − 0.5·D, with two unused elements between the columns of each matrix.</summary>
    private sealed class Product
    {
        private const int Gap = 2;

        private readonly CublasLtTests _test;
        private readonly bool _transA, _transB;
        private readonly CublasLtEpilogue _epilogue;
        private readonly float[] _a, _b, _bias;
        private readonly nint _aLayout, _bLayout, _dLayout;
        private readonly ulong _aAt, _bAt, _workspace;

        public Product(CublasLtTests test, bool transA, bool transB, CublasLtEpilogue epilogue)
        {
            (_test, _transA, _transB, _epilogue) = (test, transA, transB, epilogue);
            Ok(test._blas.MatmulDescCreate(out var operation, CublasComputeType.Float32, CudaDataType.Float32));
            Operation = operation;
            Ok(test.Set(operation, CublasLtMatmulDescAttribute.TransA, transA ? 1 : 0, 4));
            Ok(test.Set(operation, CublasLtMatmulDescAttribute.TransB, transB ? 1 : 0, 4));
            Ok(test.Set(operation, CublasLtMatmulDescAttribute.Epilogue, (int)epilogue, 4));
            var random = new Random(3);
            (_aLayout, _a) = Matrix(random, transA ? K : M, transA ? M : K);
            (_bLayout, _b) = Matrix(random, transB ? N : K, transB ? K : N);
            (_dLayout, OldValues) = Matrix(random, M, N);
            _bias = [.. Enumerable.Range(0, M).Select(_ => random.NextSingle() - 0.5f)];
            (_aAt, _bAt, D, _workspace) = (test._device.Upload(_a), test._device.Upload(_b), test._device.Upload([.. OldValues]), test._device.Device(1 << 12));
            Ok(test.Set(operation, CublasLtMatmulDescAttribute.BiasPointer, (long)test._device.Upload(_bias), 8));
        }

        public nint Operation { get; }

        public ulong D { get; set; }

        public float[] OldValues { get; }

        public CublasLtHeuristicResult[] Heuristic(int requested)
        {
            var results = stackalloc CublasLtHeuristicResult[requested];
            Ok(_test._blas.MatmulAlgoGetHeuristic(_test._handle, Operation, _aLayout, _bLayout, _dLayout, _dLayout, _test._preference,
                requested, results, out var returned));
            return new Span<CublasLtHeuristicResult>(results, returned).ToArray();
        }

        public CublasStatus Run(CublasLtAlgorithm algorithm, nuint workspaceBytes)
        {
            float alpha = 1, beta = -0.5f;
            return _test._blas.Matmul(_test._handle, Operation, &alpha, _aAt, _aLayout, _bAt, _bLayout,
                &beta, D, _dLayout, D, _dLayout, &algorithm, _workspace, workspaceBytes, _test._stream);
        }

        public float[] Written()
        {
            var all = _test._device.Download<float>(D, OldValues.Length);
            return [.. Enumerable.Range(0, M * N).Select(i => all[i % M + i / M * (M + Gap)])];
        }

        public double[] Expected() => [.. Enumerable.Range(0, M * N).Select(at =>
        {
            var (j, i) = Math.DivRem(at, M);
            var sum = -0.5 * OldValues[i + j * (M + Gap)];
            for (var k = 0; k < K; k++)
                sum += (double)(_transA ? _a[k + i * (K + Gap)] : _a[i + k * (M + Gap)]) * (_transB ? _b[j + k * (N + Gap)] : _b[k + j * (K + Gap)]);
            sum += _epilogue is CublasLtEpilogue.Bias or CublasLtEpilogue.ReluBias ? _bias[i] : 0;
            return _epilogue is CublasLtEpilogue.Relu or CublasLtEpilogue.ReluBias ? Math.Max(0, sum) : sum;
        })];

        private (nint Layout, float[] Values) Matrix(Random random, int rows, int columns)
        {
            Ok(_test._blas.MatrixLayoutCreate(out var layout, CudaDataType.Float32, (ulong)rows, (ulong)columns, rows + Gap));
            return (layout, [.. Enumerable.Range(0, (rows + Gap) * columns).Select(_ => random.NextSingle() - 0.5f)]);
        }
    }
}
