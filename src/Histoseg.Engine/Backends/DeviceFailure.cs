using Histoseg.Cuda;

namespace Histoseg.Engine.Backends;

/// <summary>What a device's failure is, for whoever computes on one and need not know which kinds there are.</summary>
public static class DeviceFailure
{
    /// <summary>Whether an error is a device's: programs on it cannot be used any more, and what was computed since the last look is lost.</summary>
    public static bool Is(Exception error) => error is GpuException;
}
