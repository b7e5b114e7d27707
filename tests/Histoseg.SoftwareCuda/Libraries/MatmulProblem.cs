using System.Runtime.InteropServices;
using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>A product as it was asked for: D (M × N) from op(A) (M × K) and op(B) (K × N).</summary>
internal sealed unsafe class MatmulProblem(MatmulDescriptor operation, MatrixLayout a, MatrixLayout b, MatrixLayout c, MatrixLayout d)
{
    private readonly bool _transA = operation.TransA, _transB = operation.TransB, _hasBias = operation.HasBias, _hasRelu = operation.HasRelu;
    private readonly bool _tf32 = operation.Compute == CublasComputeType.Float32FastTf32;
    private readonly ulong _bias = operation.Bias;

    public long M { get; } = operation.TransA ? a.Columns : a.Rows;

    public long N { get; } = operation.TransB ? b.Rows : b.Columns;

    public long K { get; } = operation.TransA ? a.Rows : a.Columns;

    public MatrixLayout D => d;

    public bool LacksBias => _hasBias && _bias == 0;

    /// <summary>Bytes of workspace of each algorithm: one plain, two that split the sums.</summary>
    public IReadOnlyList<long> Workspaces => K >= 64 ? [0, 4 * M * N, 8 * M * N] : [0, 4 * M * N];

    /// <summary>Names the problem in an algorithm found for it.</summary>
    public ulong Signature
    {
        get
        {
            var signature = 14695981039346656037UL;
            long[] values =
            [
                M, N, K, a.Leading, b.Leading, c.Leading, d.Leading, (long)a.Type, (long)d.Type, _transA ? 1 : 0, _transB ? 1 : 0,
                (long)operation.Epilogue, _tf32 ? 1 : 0,
            ];
            foreach (var value in values)
                signature = (signature ^ (ulong)value) * 1099511628211UL;
            return signature;
        }
    }

    /// <summary>What does not fit together, or null.</summary>
    public string? Mismatch()
    {
        var innerB = _transB ? b.Columns : b.Rows;
        return innerB != K ? $"op(A) is {M} × {K} and op(B) is {innerB} × {N}"
            : (d.Rows, d.Columns) != (M, N) ? $"D is {d}; the product is {M} × {N}"
            : (c.Rows, c.Columns, c.Type) != (d.Rows, d.Columns, d.Type) ? $"C is {c} and D is {d}"
            : null;
    }

    /// <summary>float32 throughout, bfloat16 throughout, or bfloat16 into float32; tf32 for float32 only.</summary>
    public bool IsSupported => a.Type == b.Type && (a.Type == d.Type || a.BFloat16) && !(_tf32 && a.BFloat16)
        && (!_hasBias || (operation.BiasType ?? d.Type) == d.Type);

    public IReadOnlyList<Access> Accesses(ulong aAt, ulong bAt, ulong cAt, ulong dAt, float beta)
    {
        List<Access> accesses = [a.At(aAt, write: false), b.At(bAt, write: false), d.At(dAt, write: true)];
        if (beta != 0 && cAt != dAt)
            accesses.Add(c.At(cAt, write: false));
        if (_hasBias)
            accesses.Add(Access.Read(_bias, (ulong)M * d.ElementBytes));
        return accesses;
    }

    public void Execute(Execution run, float alpha, ulong aAt, ulong bAt, float beta, ulong cAt, ulong dAt, Access workspace)
    {
        if (workspace.Bytes > 0)
            NativeMemory.Fill(run.Device(workspace.Address), (nuint)workspace.Bytes, MemoryRegion.Poison);
        var left = Vectors(run.Device(aAt), a, ofRows: !_transA);
        var right = Vectors(run.Device(bAt), b, ofRows: _transB);
        var bias = _hasBias ? DeviceNumbers.Load(run.Device(_bias), (int)M, d.BFloat16, tf32: false) : null;
        // The pointers go into the loop as numbers because a lambda cannot hold them.
        var from = beta != 0 ? (nint)run.Device(cAt) : 0;
        var to = (nint)run.Device(dAt);
        Parallel.For(0, N, j =>
        {
            for (long i = 0; i < M; i++)
            {
                var sum = ConvolutionLoops.Dot(left.AsSpan((int)(i * K), (int)K), right.AsSpan((int)(j * K), (int)K));
                var value = alpha * sum
                    + (from == 0 ? 0 : beta * DeviceNumbers.Load((byte*)from, i + j * c.Leading, c.BFloat16))
                    + (bias is null ? 0 : bias[i]);
                DeviceNumbers.Store((byte*)to, i + j * d.Leading, _hasRelu && !(value > 0) && !float.IsNaN(value) ? 0 : value, d.BFloat16);
            }
        });
    }

    /// <summary>The rows (or columns) of a matrix one after the other, each without gaps.</summary>
    private float[] Vectors(byte* from, MatrixLayout layout, bool ofRows)
    {
        var (count, length) = ofRows ? (layout.Rows, layout.Columns) : (layout.Columns, layout.Rows);
        var vectors = new float[count * length];
        for (long i = 0; i < count; i++)
            for (long k = 0; k < length; k++)
            {
                var value = DeviceNumbers.Load(from, ofRows ? i + k * layout.Leading : k + i * layout.Leading, layout.BFloat16);
                vectors[i * length + k] = _tf32 ? DeviceNumbers.ToTf32(value) : value;
            }
        return vectors;
    }
}
