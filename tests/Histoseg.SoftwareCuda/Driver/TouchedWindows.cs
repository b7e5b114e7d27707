using System.Runtime.InteropServices;

namespace Histoseg.SoftwareCuda;

/// <summary>Windows of one region that the running kernel touched, each with its bytes as they were before.</summary>
internal sealed unsafe class TouchedWindows(MemoryRegion region) : IDisposable
{
    private const int FirstCapacity = 256;

    private readonly ulong[] _seen = new ulong[region.Bytes / MemoryRegion.Window / 64 + 1];
    private int[] _order = new int[FirstCapacity];
    private byte* _before = (byte*)NativeMemory.Alloc(FirstCapacity * MemoryRegion.Window);
    private int _count;

    /// <summary>Whether a window is there already; may be asked by any thread.</summary>
    public bool Has(int window) => (Volatile.Read(ref _seen[window >> 6]) & (1UL << (window & 63))) != 0;

    /// <summary>Adds a window; one thread at a time.</summary>
    public void Add(int window)
    {
        if (Has(window))
            return;
        if (_count == _order.Length)
        {
            Array.Resize(ref _order, 2 * _count);
            _before = (byte*)NativeMemory.Realloc(_before, (nuint)_order.Length * MemoryRegion.Window);
        }
        BytesOf(window).CopyTo(new Span<byte>(_before + (long)_count * MemoryRegion.Window, MemoryRegion.Window));
        _order[_count++] = window;
        // Only now may another thread go on to write there.
        Volatile.Write(ref _seen[window >> 6], _seen[window >> 6] | (1UL << (window & 63)));
    }

    /// <summary>Runs of neighbouring windows that were all written, or all only read; forgets them.</summary>
    public IReadOnlyList<(int First, int Count, bool Written)> Take()
    {
        var windows = new (int Window, bool Written)[_count];
        for (var i = 0; i < _count; i++)
        {
            windows[i] = (_order[i], Changed(i));
            _seen[_order[i] >> 6] = 0;
        }
        Array.Sort(windows);
        _count = 0;
        List<(int First, int Count, bool Written)> runs = [];
        for (int i = 0, end; i < windows.Length; i = end)
        {
            for (end = i + 1; end < windows.Length && windows[end] == (windows[i].Window + end - i, windows[i].Written); end++)
            {
            }
            runs.Add((windows[i].Window, end - i, windows[i].Written));
        }
        return runs;
    }

    public void Dispose()
    {
        NativeMemory.Free(_before);
        _before = null;
    }

    private Span<byte> BytesOf(int window)
    {
        var offset = (ulong)window * MemoryRegion.Window;
        return new Span<byte>(region.Host + offset, (int)Math.Min(MemoryRegion.Window, region.Bytes - offset));
    }

    private bool Changed(int index)
    {
        var now = BytesOf(_order[index]);
        return !now.SequenceEqual(new ReadOnlySpan<byte>(_before + (long)index * MemoryRegion.Window, now.Length));
    }
}
