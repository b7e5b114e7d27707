using System.Runtime.InteropServices;
using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda.Tests.Ptx;

/// <summary>Device memory of a test: every buffer is an allocation with unallocated space around it.</summary>
internal sealed unsafe class TestMemory : IDeviceMemory, IDisposable
{
    private readonly List<DeviceRange> ranges = [];
    private ulong next = 0x7F00_0000_0000;

    public ulong Add<T>(params ReadOnlySpan<T> values) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(values);
        var host = (nint)NativeMemory.AlignedAlloc((nuint)bytes.Length + 64, 64);
        bytes.CopyTo(new Span<byte>((void*)host, bytes.Length));
        ranges.Add(new(next, next + (ulong)bytes.Length, host));
        var start = next;
        next += ((ulong)bytes.Length + 0xFFFF) & ~0xFFFFul;
        return start;
    }

    public T[] Read<T>(ulong address) where T : unmanaged
    {
        var range = ranges.Single(range => range.Start == address);
        return new ReadOnlySpan<T>((void*)range.Host, (int)(range.End - range.Start) / sizeof(T)).ToArray();
    }

    public bool TryFind(ulong address, out DeviceRange range)
    {
        range = ranges.Find(range => address >= range.Start && address < range.End);
        return range.Host != 0;
    }

    public bool IsNear(ulong address) => ranges.Exists(range => address >= range.Start - (1 << 30) && address <= range.End + (1 << 30));

    public void Dispose()
    {
        foreach (var range in ranges)
            NativeMemory.AlignedFree((void*)range.Host);
    }
}
