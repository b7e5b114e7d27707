using Histoseg.Cuda;
using Histoseg.SoftwareCuda.Ptx;

namespace Histoseg.SoftwareCuda;

/// <summary>What running work may use: its bytes, each looked up and checked.</summary>
internal sealed unsafe class Execution(Operation operation, RegionTable device, RegionTable host, HazardLog hazards, bool trackKernels)
{
    /// <summary>Checks bytes that were announced: live, inside one allocation, ordered with other streams.</summary>
    /// <exception cref="SoftwareCudaFault">One of them is not so.</exception>
    public void Check(Access access)
    {
        if (access.Bytes == 0)
            return;
        var table = access.OnDevice ? device : host;
        var region = table.Find(access.Address);
        if (region is not { State: RegionState.Live })
            throw new SoftwareCudaFault(CudaStatus.IllegalAddress,
                $"{operation.Name} on {operation.Stream.Name} {Verb(access)} 0x{access.Address:x}: {table.Describe(access.Address)}");
        if (access.Address + access.Bytes > region.End)
            throw new SoftwareCudaFault(CudaStatus.IllegalAddress,
                $"{operation.Name} on {operation.Stream.Name} {Verb(access)} {access.Bytes} bytes from byte {access.Address - region.Start} of {region.Label}, "
                + $"which has {region.Bytes} bytes");
        hazards.Record(operation, region, access);
    }

    /// <summary>Where a device address's byte lies; to be called for checked bytes only.</summary>
    public byte* Device(ulong address) => Bytes(device, address);

    /// <summary>The same of page-locked memory.</summary>
    public byte* Host(nint address) => Bytes(host, (ulong)address);

    /// <summary>Turns memory whose stream-ordered allocation runs now into usable memory.</summary>
    public void Allocate(ulong address)
    {
        var region = device.Find(address)!;
        region.State = RegionState.Live;
        operation.Touched = [Access.Written(address, region.Bytes)];
        hazards.Record(operation, region, operation.Touched[0]);
    }

    /// <summary>Ends the life of device memory.</summary>
    public void Free(ulong address)
    {
        var region = device.Find(address)!;
        (region.State, region.FreedBy) = (RegionState.Freed, operation.Name);
        region.Release();
    }

    /// <summary>Runs a kernel and records what it touched.</summary>
    public void Kernel(Action<IDeviceMemory> run)
    {
        var memory = new KernelMemory(device, trackKernels);
        IReadOnlyList<(MemoryRegion Region, Access Access)> accesses;
        try
        {
            run(memory);
        }
        catch (DeviceFault fault)
        {
            throw Translated(fault);
        }
        finally
        {
            accesses = memory.Accesses();
        }
        operation.Touched = [.. accesses.Select(touched => touched.Access)];
        foreach (var (region, access) in accesses)
            hazards.Record(operation, region, access);
    }

    private SoftwareCudaFault Translated(DeviceFault fault) => fault.Kind switch
    {
        FaultKind.OutOfBounds when trackKernels && device.Find(fault.Address) is { State: RegionState.Live } region
            && KernelMemory.WindowEnd(region, fault.Address) < region.End =>
            // Only an access that is not aligned reaches over the end of a window into the next.
            new(CudaStatus.MisalignedAddress,
                $"{fault.Kernel}: 0x{fault.Address:x}, byte {fault.Address - region.Start} of {region.Label}, "
                + "is no multiple of the access's width "
                + $"(PTX line {fault.Line}, block {fault.Block}, thread {fault.Thread})", fault),
        FaultKind.OutOfBounds => new(CudaStatus.IllegalAddress,
            fault.Address == 0 ? fault.Message : $"{fault.Message}; {device.Describe(fault.Address)}", fault),
        FaultKind.Misaligned => new(CudaStatus.MisalignedAddress, fault.Message, fault),
        FaultKind.EndlessLoop => new(CudaStatus.LaunchTimeout, fault.Message, fault),
        _ => new(CudaStatus.LaunchFailed, fault.Message, fault),
    };

    private static string Verb(Access access) => access.Write ? "writes" : "reads";

    private static byte* Bytes(RegionTable table, ulong address)
    {
        var region = table.Find(address)!;
        return region.Host + (address - region.Start);
    }
}
