namespace Histoseg.Engine.Backends.Cuda;

/// <summary>A program does not fit into the GPU's memory.</summary>
/// <param name="needed">Bytes the program needs.</param>
/// <param name="free">Bytes that are free.</param>
/// <param name="device">The GPU's name.</param>
public sealed class DeviceMemoryError(long needed, long free, string device)
    : EngineError(needed > free
        ? $"{device}: the network needs {needed / 1048576.0:F0} MiB and {free / 1048576.0:F0} can be had; "
            + "use a smaller batch, patch or width (engine plan tells the need)"
        : $"{device}: the driver gives no more memory although {free / 1048576.0:F0} MiB were free and {needed / 1048576.0:F0} are needed; "
            + "end other programs on this GPU, or use a smaller batch")
{
    /// <summary>The GPU's name.</summary>
    public string Device { get; } = device;

    /// <summary>Bytes the program needs.</summary>
    public long Needed { get; } = needed;

    /// <summary>Bytes that are free.</summary>
    public long Free { get; } = free;
}
