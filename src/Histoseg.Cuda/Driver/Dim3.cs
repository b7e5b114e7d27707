namespace Histoseg.Cuda;

/// <summary>Extents of a grid or a block.</summary>
public readonly record struct Dim3(uint X, uint Y = 1, uint Z = 1)
{
    /// <summary>X·Y·Z.</summary>
    public long Count => (long)X * Y * Z;
}
