namespace Histoseg.Segmentation.Devices;

/// <summary>How many threads read slides beside a network.</summary>
internal static class LoadingThreads
{
    /// <summary>Several for a GPU, which is faster than one thread can read; one where the network computes on the cores itself.</summary>
    /// <param name="onGpu">Whether the network runs on a GPU.</param>
    public static int For(bool onGpu) => onGpu ? Math.Clamp(Environment.ProcessorCount / 2, 1, 8) : 1;
}
