namespace Histoseg.SoftwareCuda;

/// <summary>Memory regions by address, the freed ones included, so that a message can say what an address once was.</summary>
internal sealed class RegionTable
{
    private const ulong Far = 1 << 30;
    private readonly List<MemoryRegion> _regions = [];

    public IEnumerable<MemoryRegion> NotFreed => _regions.Where(region => region.State != RegionState.Freed);

    public ulong BytesInUse => NotFreed.Aggregate(0UL, (sum, region) => sum + region.Bytes);

    /// <summary>Adds a region; freed ones whose addresses it takes over are forgotten.</summary>
    public void Add(MemoryRegion region)
    {
        _regions.RemoveAll(old => old.State == RegionState.Freed && old.Start < region.End && region.Start < old.End);
        _regions.Insert(After(region.Start), region);
    }

    /// <summary>The region an address lies in, whatever its state.</summary>
    public MemoryRegion? Find(ulong address)
    {
        var at = After(address) - 1;
        return at >= 0 && address < _regions[at].End ? _regions[at] : null;
    }

    /// <summary>Whether an address is among those of the regions, or at most a GiB before or behind them.</summary>
    public bool IsNear(ulong address) => _regions.Count > 0 && address >= _regions[0].Start - Far && address <= _regions[^1].End + Far;

    /// <summary>Says what lies at an address where an access has no business.</summary>
    public string Describe(ulong address)
    {
        if (Find(address) is { } here)
            return here.State switch
            {
                RegionState.Freed => $"that is in {here.Label}, freed by {here.FreedBy}",
                RegionState.Coming => $"that is in {here.Label}, whose allocation has not run yet: another stream must be waited for",
                _ => $"that is byte {address - here.Start} of {here.Label} ({here.Bytes} bytes)",
            };
        var at = After(address) - 1;
        return at < 0 ? "no memory was ever allocated there"
            : $"that is {address - _regions[at].End} bytes past the end of {_regions[at].Label} ({_regions[at].Bytes} bytes)";
    }

    private int After(ulong address)
    {
        int low = 0, high = _regions.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_regions[middle].Start <= address)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
