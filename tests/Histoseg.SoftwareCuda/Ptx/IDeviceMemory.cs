namespace Histoseg.SoftwareCuda.Ptx;

/// <summary>The allocations a kernel may touch. Called from several threads at a time; must not change while a kernel runs.</summary>
public interface IDeviceMemory
{
    /// <summary>Finds the allocation that holds an address; false if there is none.</summary>
    bool TryFind(ulong address, out DeviceRange range);

    /// <summary>Whether there are allocations around an address, which itself may be in none.</summary>
    bool IsNear(ulong address);
}
