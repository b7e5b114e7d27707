using System.Runtime.InteropServices;
using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda;

public sealed unsafe partial class SoftwareCudaDriver
{
    /// <summary>Bytes that went to the device so far.</summary>
    public long BytesSent { get; private set; }

    /// <inheritdoc/>
    public CudaStatus MemcpyHtoDAsync(ulong destination, nint source, nuint bytes, nint stream)
    {
        BytesSent += (long)bytes;
        return Transfer(nameof(MemcpyHtoDAsync), stream, bytes, [new Access(false, (ulong)source, bytes, false), Access.Written(destination, bytes)],
            run => Buffer.MemoryCopy(run.Host(source), run.Device(destination), bytes, bytes), 0.05);
    }

    /// <inheritdoc/>
    public CudaStatus MemcpyDtoHAsync(nint destination, ulong source, nuint bytes, nint stream) => Transfer(nameof(MemcpyDtoHAsync), stream, bytes,
        [Access.Read(source, bytes), new Access(false, (ulong)destination, bytes, true)],
        run => Buffer.MemoryCopy(run.Device(source), run.Host(destination), bytes, bytes), 0.05);

    /// <inheritdoc/>
    public CudaStatus MemcpyDtoDAsync(ulong destination, ulong source, nuint bytes, nint stream) => Transfer(nameof(MemcpyDtoDAsync), stream, bytes,
        [Access.Read(source, bytes), Access.Written(destination, bytes)],
        run => Buffer.MemoryCopy(run.Device(source), run.Device(destination), bytes, bytes), 0.002);

    /// <inheritdoc/>
    public CudaStatus MemsetD8Async(ulong destination, byte value, nuint bytes, nint stream) => Transfer(nameof(MemsetD8Async), stream, bytes,
        [Access.Written(destination, bytes)], run => NativeMemory.Fill(run.Device(destination), bytes, value), 0.001);

    private CudaStatus Transfer(string call, nint stream, nuint bytes, Access[] accesses, Action<Execution> run, double nanosecondsPerByte) => Call(call, () =>
    {
        foreach (var access in accesses)
            if (bytes > 0 && CheckKnown(call, access) is not CudaStatus.Success and var wrong)
                return wrong;
        return Enqueue(stream, new Work($"{call} of {bytes} bytes", accesses, run, 2000 + bytes * nanosecondsPerByte));
    });

    /// <summary>What the driver refuses at the call: addresses outside what is allocated. Whether they still are when the work runs is checked then.</summary>
    private CudaStatus CheckKnown(string call, Access access)
    {
        var table = access.OnDevice ? _device : _host;
        var region = table.Find(access.Address);
        if (region is null && !access.OnDevice)
            return Fault(CudaStatus.InvalidValue,
                $"{call}: host memory at 0x{access.Address:x} is not page-locked: take it from MemHostAlloc, or the copy is not asynchronous");
        if (region is null or { State: RegionState.Freed })
            return Fault(CudaStatus.InvalidValue, $"{call} at 0x{access.Address:x}: {table.Describe(access.Address)}");
        return access.Address + access.Bytes <= region.End ? CudaStatus.Success
            : Fault(CudaStatus.InvalidValue,
                $"{call} of {access.Bytes} bytes from byte {access.Address - region.Start} of {region.Label}, which has {region.Bytes} bytes");
    }
}
