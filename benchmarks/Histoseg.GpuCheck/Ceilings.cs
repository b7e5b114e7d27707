using Histoseg.Cuda;
using Histoseg.Engine.Backends.Cuda;

namespace Histoseg.GpuCheck;

/// <summary>What this GPU can do at most, measured: bytes per second of a large copy, operations per second of a large bf16 matrix product.</summary>
internal static unsafe class Ceilings
{
    private const int Side = 8192;
    private const long CopyBytes = 2L << 30;
    private const ulong WorkspaceBytes = 64 << 20;

    /// <summary>GB/s of a copy within device memory, bytes read and bytes written both counted.</summary>
    public static double CopyGigabytesPerSecond(CudaDevice device, double seconds)
    {
        _ = device.Memory();
        using var from = new DeviceBuffer(device.Driver, CopyBytes);
        using var to = new DeviceBuffer(device.Driver, CopyBytes);
        from.FillRandom();
        var timing = GpuClock.Measure(device.Driver,
            () => device.Driver.MemcpyDtoDAsync(to.Address, from.Address, (nuint)CopyBytes, 0).Check("cuMemcpyDtoDAsync"), seconds);
        return 2 * CopyBytes / timing.Median / 1e6;
    }

    /// <summary>TFLOP/s of the product of two random 8192×8192 bf16 matrices by cuBLASLt; null where it is not installed.</summary>
    public static double? MatrixTeraflops(CudaDevice device, double seconds)
    {
        if (CudaLibraries.CublasLt.Library is not { } blas)
            return null;
        _ = device.Memory();
        var bytes = (long)Side * Side * sizeof(ushort);
        using var a = new DeviceBuffer(device.Driver, bytes);
        using var b = new DeviceBuffer(device.Driver, bytes);
        using var d = new DeviceBuffer(device.Driver, bytes);
        using var workspace = new DeviceBuffer(device.Driver, (long)WorkspaceBytes);
        a.FillRandom();
        b.FillRandom();
        blas.Create(out var handle).Check("cublasLtCreate");
        blas.MatmulDescCreate(out var operation, CublasComputeType.Float32, CudaDataType.Float32).Check("cublasLtMatmulDescCreate");
        var transposed = 1;
        blas.MatmulDescSetAttribute(operation, CublasLtMatmulDescAttribute.TransA, &transposed, sizeof(int)).Check("cublasLtMatmulDescSetAttribute");
        blas.MatrixLayoutCreate(out var layout, CudaDataType.BFloat16, Side, Side, Side).Check("cublasLtMatrixLayoutCreate");
        blas.MatmulPreferenceCreate(out var preference).Check("cublasLtMatmulPreferenceCreate");
        var room = WorkspaceBytes;
        blas.MatmulPreferenceSetAttribute(preference, CublasLtPreferenceAttribute.MaxWorkspaceBytes, &room, sizeof(ulong))
            .Check("cublasLtMatmulPreferenceSetAttribute");
        CublasLtHeuristicResult best;
        blas.MatmulAlgoGetHeuristic(handle, operation, layout, layout, layout, layout, preference, 1, &best, out var returned)
            .Check("cublasLtMatmulAlgoGetHeuristic");
        var chosen = best.Algorithm;
        double? result = returned > 0 ? 2.0 * Side * Side * Side / GpuClock.Measure(device.Driver, Multiply, seconds).Median / 1e9 : null;
        blas.MatmulPreferenceDestroy(preference);
        blas.MatrixLayoutDestroy(layout);
        blas.MatmulDescDestroy(operation);
        blas.Destroy(handle);
        return result;

        void Multiply()
        {
            var (alpha, beta, algorithm) = (1f, 0f, chosen);
            blas.Matmul(handle, operation, &alpha, a.Address, layout, b.Address, layout, &beta, d.Address, layout, d.Address, layout,
                &algorithm, workspace.Address, (nuint)WorkspaceBytes, 0).Check("cublasLtMatmul");
        }
    }

    /// <summary>A piece of device memory.</summary>
    private sealed class DeviceBuffer : IDisposable
    {
        private readonly ICudaDriver _driver;
        private readonly long _bytes;

        public DeviceBuffer(ICudaDriver driver, long bytes)
        {
            (_driver, _bytes) = (driver, bytes);
            driver.MemAlloc(out var address, (nuint)bytes).Check($"cuMemAlloc {bytes}");
            Address = address;
        }

        public ulong Address { get; }

        /// <summary>Fills it with bfloat16 numbers between −1 and 1, of which a few millions differ.</summary>
        public void FillRandom()
        {
            var random = new Random(1);
            var numbers = new ushort[Math.Min(_bytes, 8 << 20) / sizeof(ushort)];
            for (var i = 0; i < numbers.Length; i++)
                numbers[i] = (ushort)(BitConverter.SingleToUInt32Bits((float)(2 * random.NextDouble() - 1)) >> 16);
            fixed (ushort* source = numbers)
                for (var at = 0L; at < _bytes; at += numbers.Length * sizeof(ushort))
                    _driver.MemcpyHtoDAsync(Address + (ulong)at, (nint)source, (nuint)Math.Min(numbers.Length * sizeof(ushort), _bytes - at), 0)
                        .Check("cuMemcpyHtoDAsync");
            _driver.CtxSynchronize().Check("cuCtxSynchronize");
        }

        public void Dispose() => _driver.MemFree(Address);
    }
}
