using System.Runtime.InteropServices;
using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Tests;

/// <summary>A software device with its context bound to this thread, and short forms of the calls that tests make.</summary>
internal sealed unsafe class TestDevice : IDisposable
{
    private readonly List<ulong> _device = [];
    private readonly List<nint> _host = [];

    public TestDevice(SoftwareCudaOptions? options = null)
    {
        Driver = new SoftwareCudaDriver(options);
        Ok(Driver.Init(0));
        Ok(Driver.DevicePrimaryCtxRetain(out var context, 0));
        Context = context;
        Ok(Driver.CtxSetCurrent(context));
    }

    public SoftwareCudaDriver Driver { get; }

    public nint Context { get; }

    public static void Ok(CudaStatus status) => Assert.Equal(CudaStatus.Success, status);

    public ulong Device(int bytes)
    {
        Ok(Driver.MemAlloc(out var address, (nuint)bytes));
        _device.Add(address);
        return address;
    }

    public nint Host(int bytes)
    {
        Ok(Driver.MemHostAlloc(out var address, (nuint)bytes, 0));
        _host.Add(address);
        return address;
    }

    public nint Stream(bool blocking = false)
    {
        Ok(Driver.StreamCreate(out var stream, blocking ? 0u : 1u));
        return stream;
    }

    public nint Event(uint flags = 0)
    {
        Ok(Driver.EventCreate(out var made, flags));
        return made;
    }

    /// <summary>Makes <paramref name="later"/> run after all that <paramref name="earlier"/> has so far.</summary>
    public void Order(nint earlier, nint later)
    {
        var between = Event();
        Ok(Driver.EventRecord(between, earlier));
        Ok(Driver.StreamWaitEvent(later, between, 0));
        Ok(Driver.EventDestroy(between));
    }

    /// <summary>Device memory with the given contents.</summary>
    public ulong Upload<T>(params T[] values) where T : unmanaged
    {
        var bytes = values.Length * sizeof(T);
        var (to, from) = (Device(bytes), Host(bytes));
        MemoryMarshal.AsBytes(values.AsSpan()).CopyTo(Bytes(from, bytes));
        Ok(Driver.MemcpyHtoDAsync(to, from, (nuint)bytes, 0));
        Ok(Driver.CtxSynchronize());
        return to;
    }

    /// <summary>What lies in device memory when all work is done.</summary>
    public T[] Download<T>(ulong from, int count) where T : unmanaged
    {
        Ok(Driver.CtxSynchronize());
        var bytes = count * sizeof(T);
        var to = Host(bytes);
        Ok(Driver.MemcpyDtoHAsync(to, from, (nuint)bytes, 0));
        Ok(Driver.CtxSynchronize());
        return MemoryMarshal.Cast<byte, T>(Bytes(to, bytes)).ToArray();
    }

    public static Span<byte> Bytes(nint at, int count) => new((void*)at, count);

    /// <summary>The message of the fault that <paramref name="act"/> shows.</summary>
    public string FaultOf(Action act)
    {
        var fault = Assert.Throws<SoftwareCudaFault>(act);
        Assert.Equal(fault.Message, Driver.Faults[^1]);
        return fault.Message;
    }

    /// <summary>Gives back what the short forms above took.</summary>
    public void FreeMemory()
    {
        _device.ForEach(address => Ok(Driver.MemFree(address)));
        _host.ForEach(address => Ok(Driver.MemFreeHost(address)));
        _device.Clear();
        _host.Clear();
    }

    public void Dispose() => Driver.Dispose();
}
