using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Libraries;

/// <summary>cuBLASLt's handle.</summary>
internal sealed class CublasLtHandle;

/// <summary>What a product does with its operands.</summary>
internal sealed class MatmulDescriptor(CublasComputeType compute)
{
    public CublasComputeType Compute { get; } = compute;

    public bool TransA { get; set; }

    public bool TransB { get; set; }

    public CublasLtEpilogue Epilogue { get; set; } = CublasLtEpilogue.Default;

    public ulong Bias { get; set; }

    /// <summary>Null means the type of D.</summary>
    public CudaDataType? BiasType { get; set; }

    public bool HasBias => Epilogue is CublasLtEpilogue.Bias or CublasLtEpilogue.ReluBias;

    public bool HasRelu => Epilogue is CublasLtEpilogue.Relu or CublasLtEpilogue.ReluBias;
}

/// <summary>A column-major matrix in memory.</summary>
internal sealed record MatrixLayout(CudaDataType Type, long Rows, long Columns, long Leading)
{
    public bool BFloat16 => Type == CudaDataType.BFloat16;

    public ulong ElementBytes => BFloat16 ? 2u : 4u;

    /// <summary>From the first element to the last.</summary>
    public ulong Bytes => (ulong)((Columns - 1) * Leading + Rows) * ElementBytes;

    public Access At(ulong address, bool write) => new(true, address, Bytes, write);

    public override string ToString() => $"{Type} {Rows} × {Columns}, leading dimension {Leading}";
}

/// <summary>What the search for an algorithm may use.</summary>
internal sealed class MatmulPreference
{
    public ulong MaxWorkspaceBytes { get; set; }
}
