using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda;

/// <summary>Device memory as one launch sees it: which windows it looked up, and which of those it changed.</summary>
/// <remarks>
/// The interpreter looks an address up before it first touches the range that holds it. Handing out ranges of one window each therefore tells
/// what was touched, and a copy made at that moment tells afterwards what was written.
/// </remarks>
internal sealed unsafe class KernelMemory(RegionTable memory, bool track) : IDeviceMemory
{
    private readonly HashSet<MemoryRegion> _touched = [];
    private readonly Lock _gate = new();

    /// <summary>Where the window that holds an address ends.</summary>
    public static ulong WindowEnd(MemoryRegion region, ulong address) =>
        Math.Min(region.Start + ((address - region.Start) / MemoryRegion.Window + 1) * MemoryRegion.Window, region.End);

    public bool TryFind(ulong address, out DeviceRange range)
    {
        if (memory.Find(address) is not { State: RegionState.Live } region)
        {
            range = default;
            return false;
        }
        if (!track)
        {
            range = new DeviceRange(region.Start, region.End, (nint)region.Host);
            return true;
        }
        var window = (address - region.Start) / MemoryRegion.Window;
        var offset = window * MemoryRegion.Window;
        if (region.Touched is not { } touched || !touched.Has((int)window))
            Touch(region, (int)window);
        range = new DeviceRange(region.Start + offset, WindowEnd(region, address), (nint)(region.Host + offset));
        return true;
    }

    public bool IsNear(ulong address) => memory.IsNear(address);

    /// <summary>What the launch touched, in runs of bytes written or windows only read; forgets it.</summary>
    public IReadOnlyList<(MemoryRegion Region, Access Access)> Accesses()
    {
        List<(MemoryRegion Region, Access Access)> accesses = [];
        foreach (var region in _touched)
            foreach (var (first, bytes, written) in region.Touched!.Take())
                accesses.Add((region, new Access(true, region.Start + first, bytes, written)));
        _touched.Clear();
        return accesses;
    }

    private void Touch(MemoryRegion region, int window)
    {
        lock (_gate)
        {
            _touched.Add(region);
            (region.Touched ??= new TouchedWindows(region)).Add(window);
        }
    }
}
