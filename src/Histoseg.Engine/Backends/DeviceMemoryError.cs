namespace Histoseg.Engine.Backends;

/// <summary>A program does not fit into a device's memory.</summary>
/// <param name="needed">Bytes the program needs.</param>
/// <param name="free">Bytes that can be had.</param>
/// <param name="device">The device in words.</param>
public sealed class DeviceMemoryError(long needed, long free, string device)
    : EngineError(needed > free
        ? $"{device}: not enough memory: the network needs {needed / 1048576.0:F0} MiB and {free / 1048576.0:F0} can be had; use a smaller batch, "
            + "patch or width"
        : $"{device}: the driver gives no more memory although {free / 1048576.0:F0} MiB were free and {needed / 1048576.0:F0} are needed; "
            + "end other programs on this GPU, or use a smaller batch")
{
    /// <summary>The device in words.</summary>
    public string Device { get; } = device;

    /// <summary>Bytes the program needs.</summary>
    public long Needed { get; } = needed;

    /// <summary>Bytes that can be had.</summary>
    public long Free { get; } = free;
}
