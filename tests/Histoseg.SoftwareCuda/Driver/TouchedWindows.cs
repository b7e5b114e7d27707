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

    /// <summary>Runs of bytes that changed, and of windows in which none did: those were read, or written with what they held. Forgets them.</summary>
    public IReadOnlyList<(ulong First, ulong Bytes, bool Written)> Take()
    {
        var indices = new int[_count];
        for (var i = 0; i < _count; i++)
        {
            indices[i] = i;
            _seen[_order[i] >> 6] = 0;
        }
        Array.Sort(_order, indices, 0, _count);
        List<(ulong First, ulong Bytes, bool Written)> runs = [];
        for (var i = 0; i < _count; i++)
            AddRun(runs, _order[i], new ReadOnlySpan<byte>(_before + (long)indices[i] * MemoryRegion.Window, MemoryRegion.Window));
        _count = 0;
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

    private void AddRun(List<(ulong First, ulong Bytes, bool Written)> runs, int window, ReadOnlySpan<byte> before)
    {
        ReadOnlySpan<byte> now = BytesOf(window);
        var start = (ulong)window * MemoryRegion.Window;
        var first = now.CommonPrefixLength(before);
        var written = first < now.Length;
        var end = (ulong)now.Length;
        if (written)
        {
            while (now[(int)end - 1] == before[(int)end - 1])
                end--;
            // A word is written as a whole, whichever of its bytes change.
            (first, end) = (first / 4 * 4, Math.Min((end + 3) / 4 * 4, (ulong)now.Length));
        }
        else
        {
            first = 0;
        }
        // Bytes left as they were between two neighbouring windows that changed lie inside one tensor, because tensors begin at windows.
        if (runs.Count > 0 && runs[^1] is var last && last.Written == written && last.First + last.Bytes + MemoryRegion.Window > start && last.First < start)
            runs[^1] = (last.First, start + end - last.First, written);
        else
            runs.Add((start + (ulong)first, end - (ulong)first, written));
    }
}
