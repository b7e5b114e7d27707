namespace Histoseg.SoftwareCuda.Ptx;

/// <summary>An allocation of device memory: device address a is found at host address <c>Host + (a − Start)</c>.</summary>
/// <param name="Start">First device address of the allocation.</param>
/// <param name="End">The device address after its last byte.</param>
/// <param name="Host">Where its bytes lie in this process.</param>
public readonly record struct DeviceRange(ulong Start, ulong End, nint Host);
