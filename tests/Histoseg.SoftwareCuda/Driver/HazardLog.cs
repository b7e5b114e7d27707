namespace Histoseg.SoftwareCuda;

/// <summary>Finds accesses of the same bytes from several streams, one of them a write, that no event and no synchronisation orders.</summary>
/// <param name="report">Is told of each.</param>
internal sealed class HazardLog(Action<string> report)
{
    private readonly List<Operation?> _operations = [null];
    private readonly HashSet<(int Earlier, int Later)> _reported = [];
    private int _forgotten;

    /// <summary>Number of the next operation.</summary>
    public int Next => _operations.Count;

    public void Add(Operation operation) => _operations.Add(operation);

    /// <summary>Forgets all operations so far, when each of them has run and the host knows: all that is still to come comes after them.</summary>
    public void Forget()
    {
        for (; _forgotten < _operations.Count; _forgotten++)
            _operations[_forgotten] = null;
        _reported.Clear();
    }

    /// <summary>Checks an access against those before it and remembers it.</summary>
    public void Record(Operation operation, MemoryRegion region, Access access)
    {
        if (access.Bytes == 0)
            return;
        var from = (int)((access.Address - region.Start) / MemoryRegion.Window);
        var length = (int)((access.Address + access.Bytes - 1 - region.Start) / MemoryRegion.Window) - from + 1;
        Check(operation, region, access, region.LastWrite.AsSpan(from, length), byWrite: true);
        if (access.Write)
        {
            foreach (var (stream, windows) in region.LastRead)
                if (stream != operation.Stream.Index)
                    Check(operation, region, access, windows.AsSpan(from, length), byWrite: false);
            region.LastWrite.AsSpan(from, length).Fill(operation.Id);
        }
        else
        {
            region.LastReadOf(operation.Stream.Index).AsSpan(from, length).Fill(operation.Id);
        }
    }

    private void Check(Operation operation, MemoryRegion region, Access access, ReadOnlySpan<int> windows, bool byWrite)
    {
        var seen = 0;
        foreach (var id in windows)
        {
            if (id == seen || _operations[id] is not { } earlier)
                continue;
            seen = id;
            if (earlier.Stream == operation.Stream || operation.Before[earlier.Stream.Index] >= earlier.Number)
                continue;
            foreach (var other in earlier.Touched)
                if (other.Write == byWrite && other.Overlaps(access) && _reported.Add((earlier.Id, operation.Id)))
                    report($"{operation.Name} on {operation.Stream.Name} {(access.Write ? "writes" : "reads")} bytes of {region.Label} that "
                        + $"{earlier.Name} on {earlier.Stream.Name} {(byWrite ? "wrote" : "read")} with nothing to order the two "
                        + $"(bytes {Math.Max(access.Address, other.Address) - region.Start} "
                        + $"to {Math.Min(access.Address + access.Bytes, other.Address + other.Bytes) - region.Start - 1}): "
                        + "record an event on the one stream and wait for it on the other");
        }
    }
}
