using System.Collections.Concurrent;
using Histoseg.View.Sources;

namespace Histoseg.View.Slides;

/// <summary>Slides that are open because they are looked at; those not asked for longest are closed.</summary>
/// <param name="most">How many stay open while nobody reads them.</param>
internal sealed class SlidePool(int most) : IDisposable
{
    private readonly ConcurrentDictionary<(string Id, string Version), Entry> _entries = [];
    private long _clock;

    /// <summary>How many are open.</summary>
    public int Count => _entries.Count;

    /// <summary>A slide, open until the lease is disposed.</summary>
    /// <exception cref="UserError">It cannot be opened.</exception>
    public Lease Take(ViewedSlide slide)
    {
        var key = (slide.Id, slide.Version);
        while (true)
        {
            var entry = _entries.GetOrAdd(key, _ => new(slide));
            if (!entry.TryHold(Interlocked.Increment(ref _clock)))
            {
                _entries.TryRemove(KeyValuePair.Create(key, entry));
                continue;
            }
            try
            {
                var content = entry.Content;
                CloseOldest();
                return new(content, entry);
            }
            catch
            {
                // The next one tries again: the file may be whole by then.
                _entries.TryRemove(KeyValuePair.Create(key, entry));
                entry.Release();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var entry in _entries.Values)
            entry.TryClose();
        _entries.Clear();
    }

    private void CloseOldest()
    {
        foreach (var (key, entry) in _entries.OrderByDescending(pair => pair.Value.LastUse).Skip(most))
            if (entry.TryClose())
                _entries.TryRemove(KeyValuePair.Create(key, entry));
    }

    /// <summary>A slide somebody reads.</summary>
    internal readonly struct Lease(SlideContent content, Entry entry) : IDisposable
    {
        /// <summary>The slide.</summary>
        public SlideContent Content { get; } = content;

        /// <inheritdoc/>
        public void Dispose() => entry.Release();
    }

    /// <summary>A slide and how many read it.</summary>
    internal sealed class Entry(ViewedSlide slide)
    {
        private readonly Lock _lock = new();
        private readonly Lazy<SlideContent> _content = new(() => new(slide));
        private int _readers;
        private bool _closed;

        /// <summary>The slide; opened by the first who asks.</summary>
        public SlideContent Content => _content.Value;

        /// <summary>When it was asked for last.</summary>
        public long LastUse { get; private set; }

        public bool TryHold(long now)
        {
            lock (_lock)
            {
                if (_closed)
                    return false;
                (_readers, LastUse) = (_readers + 1, now);
                return true;
            }
        }

        public void Release()
        {
            lock (_lock)
                _readers--;
        }

        /// <summary>Closes it unless somebody reads it.</summary>
        public bool TryClose()
        {
            lock (_lock)
            {
                if (_readers > 0)
                    return false;
                if (_closed)
                    return true;
                _closed = true;
            }
            if (_content.IsValueCreated)
                _content.Value.Dispose();
            return true;
        }
    }
}
