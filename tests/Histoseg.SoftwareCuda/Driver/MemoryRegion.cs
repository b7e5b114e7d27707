using System.Runtime.InteropServices;

namespace Histoseg.SoftwareCuda;

/// <summary>Whether memory may be touched.</summary>
internal enum RegionState
{
    /// <summary>Its stream-ordered allocation has not run yet.</summary>
    Coming,
    /// <summary>It may.</summary>
    Live,
    /// <summary>It was freed.</summary>
    Freed,
}

/// <summary>An allocation of device memory, or of page-locked host memory.</summary>
/// <param name="start">The first address as its user sees it.</param>
/// <param name="bytes">Size.</param>
/// <param name="host">Where the bytes lie in this process.</param>
/// <param name="label">For messages.</param>
internal sealed unsafe class MemoryRegion(ulong start, ulong bytes, byte* host, string label)
{
    /// <summary>Granularity of what is remembered of accesses; the memory plan aligns tensors to as much.</summary>
    public const int Window = 64;

    public const byte Poison = 0xFF;

    private readonly Dictionary<int, int[]> _lastRead = [];
    private int[]? _lastWrite;

    public ulong Start { get; } = start;

    public ulong Bytes { get; } = bytes;

    public ulong End => Start + Bytes;

    public byte* Host { get; private set; } = host;

    public string Label { get; } = label;

    public RegionState State { get; set; } = RegionState.Live;

    /// <summary>Whether it came with a module and goes with it.</summary>
    public bool OfModule { get; set; }

    /// <summary>What freed it.</summary>
    public string FreedBy { get; set; } = "";

    /// <summary>Per window the operation that wrote it last; 0 if none.</summary>
    public int[] LastWrite => _lastWrite ??= new int[(Bytes + Window - 1) / Window];

    /// <summary>The same per stream for the operation that read it last.</summary>
    public IReadOnlyDictionary<int, int[]> LastRead => _lastRead;

    public int[] LastReadOf(int stream)
    {
        if (!_lastRead.TryGetValue(stream, out var windows))
            _lastRead[stream] = windows = new int[(Bytes + Window - 1) / Window];
        return windows;
    }

    /// <summary>What the running kernel touched of it; null until a kernel does.</summary>
    public TouchedWindows? Touched { get; set; }

    /// <summary>Allocates and poisons the bytes.</summary>
    public static byte* Allocate(ulong bytes)
    {
        var host = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 256);
        NativeMemory.Fill(host, (nuint)bytes, Poison);
        return host;
    }

    /// <summary>Gives the bytes back; the addresses stay known as freed.</summary>
    public void Release()
    {
        NativeMemory.AlignedFree(Host);
        Host = null;
        Touched?.Dispose();
        (_lastWrite, Touched) = (null, null);
        _lastRead.Clear();
    }
}
