namespace Histoseg.SoftwareCuda;

/// <summary>
/// Handles of the driver and of the libraries on it. No handle is given twice in a process, so one of another device, of
/// another kind or of something destroyed is told apart.
/// </summary>
internal sealed class HandleTable
{
    private static long _last = 0x5C00_0000;

    private readonly Dictionary<nint, (object Thing, string Kind)> _live = [];
    private readonly Dictionary<nint, string> _destroyed = [];

    public nint Add(object thing, string kind)
    {
        var handle = (nint)Interlocked.Add(ref _last, 16);
        _live[handle] = (thing, kind);
        return handle;
    }

    public bool TryGet<T>(nint handle, out T thing) where T : class
    {
        thing = (_live.TryGetValue(handle, out var entry) ? entry.Thing as T : null)!;
        return thing is not null;
    }

    public bool Remove<T>(nint handle) where T : class
    {
        if (!TryGet<T>(handle, out _))
            return false;
        _destroyed[handle] = _live[handle].Kind;
        return _live.Remove(handle);
    }

    /// <summary>Forgets a handle that its owner took along, such as a function of an unloaded module.</summary>
    public void RemoveAll(Func<object, bool> which)
    {
        foreach (var handle in _live.Where(entry => which(entry.Value.Thing)).Select(entry => entry.Key).ToList())
            Remove<object>(handle);
    }

    public IEnumerable<T> All<T>() => _live.Values.Select(entry => entry.Thing).OfType<T>();

    /// <summary>What a handle is that was taken for a <paramref name="wanted"/>.</summary>
    public string Describe(nint handle, string wanted) => handle == 0 ? $"0 is no {wanted}"
        : _live.TryGetValue(handle, out var entry) ? $"0x{handle:x} is a {entry.Kind}, not a {wanted}"
        : _destroyed.TryGetValue(handle, out var kind) ? $"0x{handle:x} is a {kind} that was destroyed before"
        : $"0x{handle:x} is no {wanted} of this device";

    public IEnumerable<string> Leaks(Func<object, bool> counts) =>
        _live.Where(entry => counts(entry.Value.Thing)).Select(entry => $"{entry.Value.Kind} 0x{entry.Key:x}");
}
