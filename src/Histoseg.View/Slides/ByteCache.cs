namespace Histoseg.View.Slides;

/// <summary>Things made on demand, up to a number of bytes; what was asked for longest ago goes first. What several want at once is made once.</summary>
/// <param name="most">Bytes held at most.</param>
internal sealed class ByteCache(long most)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, byte[] Bytes)>> _held = [];
    private readonly LinkedList<(string Key, byte[] Bytes)> _order = [];
    private readonly Dictionary<string, Work> _making = [];

    /// <summary>Bytes held now.</summary>
    public long Bytes { get; private set; }

    /// <summary>The bytes of a key.</summary>
    /// <param name="key">Names them; other content, another key.</param>
    /// <param name="make">Makes them; its token is cancelled when nobody waits any more.</param>
    /// <param name="cancel">Stops waiting.</param>
    public async Task<byte[]> Get(string key, Func<CancellationToken, Task<byte[]>> make, CancellationToken cancel)
    {
        Work work;
        lock (_lock)
        {
            if (_held.TryGetValue(key, out var node))
            {
                _order.Remove(node);
                _order.AddFirst(node);
                return node.Value.Bytes;
            }
            if (!_making.TryGetValue(key, out work!))
            {
                _making[key] = work = new();
                work.Task = Make(key, work, make);
            }
            work.Waiting++;
        }
        try
        {
            return await work.Task.WaitAsync(cancel);
        }
        finally
        {
            lock (_lock)
                if (--work.Waiting == 0 && !work.Task.IsCompleted)
                {
                    Forget(key, work);
                    work.Cancel.Cancel();
                }
        }
    }

    private async Task<byte[]> Make(string key, Work work, Func<CancellationToken, Task<byte[]>> make)
    {
        // Not under the lock of the one who asks.
        await Task.Yield();
        try
        {
            var bytes = await make(work.Cancel.Token);
            lock (_lock)
                Hold(key, bytes);
            return bytes;
        }
        finally
        {
            lock (_lock)
                Forget(key, work);
        }
    }

    private void Forget(string key, Work work)
    {
        if (_making.TryGetValue(key, out var known) && known == work)
            _making.Remove(key);
    }

    private void Hold(string key, byte[] bytes)
    {
        if (bytes.Length > most || _held.ContainsKey(key))
            return;
        _held[key] = _order.AddFirst((key, bytes));
        Bytes += bytes.Length;
        while (Bytes > most)
        {
            var (oldest, its) = _order.Last!.Value;
            _order.RemoveLast();
            _held.Remove(oldest);
            Bytes -= its.Length;
        }
    }

    private sealed class Work
    {
        public Task<byte[]> Task { get; set; } = System.Threading.Tasks.Task.FromResult<byte[]>([]);

        public CancellationTokenSource Cancel { get; } = new();

        public int Waiting { get; set; }
    }
}
