namespace Histoseg.Cuda;

/// <summary>Names ranges of time for Nsight Systems and Nsight Compute; comes from <see cref="CudaLibraries.Nvtx"/>.</summary>
public sealed class Nvtx
{
    internal Nvtx()
    {
    }

    /// <summary>Begins a range on this thread that ends where the result is disposed; nothing at all where NVTX is absent.</summary>
    /// <param name="name">What the profiler shows.</param>
    public static NvtxRange Range(string name)
    {
        if (CudaLibraries.Nvtx.Library is not { } nvtx)
            return default;
        nvtx.Push(name);
        return new(nvtx);
    }

    /// <summary>Begins a range on this thread.</summary>
    public void Push(string name) => _ = NvtxNative.RangePush(name);

    /// <summary>Ends this thread's innermost range.</summary>
    public void Pop() => _ = NvtxNative.RangePop();
}
