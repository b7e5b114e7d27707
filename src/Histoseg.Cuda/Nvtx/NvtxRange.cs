namespace Histoseg.Cuda;

/// <summary>A range of time that is under way; see <see cref="Nvtx.Range"/>.</summary>
public readonly struct NvtxRange : IDisposable
{
    private readonly Nvtx? _nvtx;

    internal NvtxRange(Nvtx nvtx) => _nvtx = nvtx;

    /// <summary>Ends it.</summary>
    public void Dispose() => _nvtx?.Pop();
}
