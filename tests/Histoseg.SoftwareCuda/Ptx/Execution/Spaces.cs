using System.Runtime.CompilerServices;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>A state space: turns an address into a place in this process after checking the access.</summary>
internal unsafe interface ISpace
{
    /// <summary>Whether lanes of one store may meet at the same place.</summary>
    static abstract bool IsCommon { get; }

    /// <summary>Whether an access of so many bytes surely lies inside; false may also mean that it has not been looked up.</summary>
    static abstract bool Holds(Warp w, Instruction* i, ulong address, int bytes);

    /// <summary>The place of a checked access; throws a <see cref="DeviceFault"/>.</summary>
    static abstract byte* At(Warp w, Instruction* i, int lane, ulong address, int bytes, int alignment, bool isWrite);
}

internal readonly unsafe struct GlobalSpace : ISpace
{
    public static bool IsCommon => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Warp w, Instruction* i, ulong address, int bytes)
    {
        var range = (w.Ranges + i->Index);
        return address - range->Start < range->End - range->Start && address + (ulong)bytes <= range->End;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* At(Warp w, Instruction* i, int lane, ulong address, int bytes, int alignment, bool isWrite)
    {
        if (!Holds(w, i, address, bytes))
            LookUp(w, i, lane, address, bytes);
        if ((address & (ulong)(alignment - 1)) != 0)
            throw Accesses.Misaligned(w, i, lane, address, alignment, "global");
        var range = (w.Ranges + i->Index);
        return (byte*)range->Host + (address - range->Start);
    }

    private static void LookUp(Warp w, Instruction* i, int lane, ulong address, int bytes)
    {
        if (!w.Block.Memory.TryFind(address, out var found))
            throw w.Block.Fault(FaultKind.OutOfBounds, w, i, 1u << lane,
                $"access of {bytes} bytes at 0x{address:x}, which is in no allocation{Accesses.Neighbour(w.Block.Memory, address)}", address);
        if (address + (ulong)bytes > found.End)
            throw w.Block.Fault(FaultKind.OutOfBounds, w, i, 1u << lane,
                $"access of {bytes} bytes at 0x{address:x} goes {address + (ulong)bytes - found.End} bytes "
                + $"beyond the allocation 0x{found.Start:x}…0x{found.End:x}",
                    address);
        *(w.Ranges + i->Index) = found;
    }
}

internal readonly unsafe struct SharedSpace : ISpace
{
    public static bool IsCommon => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Warp w, Instruction* i, ulong address, int bytes) => address < w.Shared.Size && address + (ulong)bytes <= w.Shared.Size;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* At(Warp w, Instruction* i, int lane, ulong address, int bytes, int alignment, bool isWrite)
    {
        Check(w, i, lane, address, bytes, alignment);
        if (!w.Shared.TryTouch((uint)address, bytes, w.Index, i->Index, isWrite))
            Accesses.LookCloser(w, i, lane, address, bytes, isWrite);
        return w.Shared.Host + address;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(Warp w, Instruction* i, int lane, ulong address, int bytes, int alignment)
    {
        if (!Holds(w, i, address, bytes))
            throw w.Block.Fault(FaultKind.OutOfBounds, w, i, 1u << lane,
                $"access of {bytes} bytes at shared address 0x{address:x}; "
                + $"the block has {w.Block.Shared.Size} bytes ({w.Block.Program.StaticSharedBytes} of them static)",
                    address);
        if ((address & (ulong)(alignment - 1)) != 0)
            throw Accesses.Misaligned(w, i, lane, address, alignment, "shared");
    }
}

internal readonly unsafe struct LocalSpace : ISpace
{
    public static bool IsCommon => false;

    public static bool Holds(Warp w, Instruction* i, ulong address, int bytes) => false;

    public static byte* At(Warp w, Instruction* i, int lane, ulong address, int bytes, int alignment, bool isWrite)
    {
        if (address >= (ulong)w.Block.Program.LocalBytes || address + (ulong)bytes > (ulong)w.Block.Program.LocalBytes)
            throw w.Block.Fault(FaultKind.OutOfBounds, w, i, 1u << lane,
                $"access of {bytes} bytes at local address 0x{address:x}; a thread has {w.Block.Program.LocalBytes} bytes", address);
        if ((address & (ulong)(alignment - 1)) != 0)
            throw Accesses.Misaligned(w, i, lane, address, alignment, "local");
        return w.Block.Local + (w.Index * Lanes.Count + lane) * w.Block.LocalStride + address;
    }
}

internal readonly unsafe struct ParamSpace : ISpace
{
    public static bool IsCommon => false;

    public static bool Holds(Warp w, Instruction* i, ulong address, int bytes) => false;

    public static byte* At(Warp w, Instruction* i, int lane, ulong address, int bytes, int alignment, bool isWrite)
    {
        if (address >= (ulong)w.Block.Program.ParameterBytes || address + (ulong)bytes > (ulong)w.Block.Program.ParameterBytes)
            throw w.Block.Fault(FaultKind.OutOfBounds, w, i, 1u << lane,
                $"load of {bytes} bytes at parameter address 0x{address:x}; the kernel has {w.Block.Program.ParameterBytes} bytes of parameters", address);
        if ((address & (ulong)(alignment - 1)) != 0)
            throw Accesses.Misaligned(w, i, lane, address, alignment, "parameter");
        return w.Block.Parameters + address;
    }
}

/// <summary>Addresses that say by their value which space they are of.</summary>
internal readonly unsafe struct GenericSpace : ISpace
{
    public static bool IsCommon => true;

    public static bool Holds(Warp w, Instruction* i, ulong address, int bytes) => false;

    public static byte* At(Warp w, Instruction* i, int lane, ulong address, int bytes, int alignment, bool isWrite) => (address >> 48) switch
    {
        Block.SharedWindow >> 48 => SharedSpace.At(w, i, lane, address - Block.SharedWindow, bytes, alignment, isWrite),
        Block.LocalWindow >> 48 => LocalSpace.At(w, i, lane, address - Block.LocalWindow, bytes, alignment, isWrite),
        Block.ParamWindow >> 48 when !isWrite => ParamSpace.At(w, i, lane, address - Block.ParamWindow, bytes, alignment, isWrite),
        _ => GlobalSpace.At(w, i, lane, address, bytes, alignment, isWrite),
    };
}
