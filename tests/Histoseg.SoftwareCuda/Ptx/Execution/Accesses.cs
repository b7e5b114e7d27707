using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>ld and st. The address is register A (of Width bytes) plus Immediate; N values go to or come from D or the list.</summary>
internal static unsafe class Accesses
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Address(Warp w, Instruction* i, int lane) =>
        (i->Width == 8 ? ((ulong*)(w.R + i->A))[lane] : ((uint*)(w.R + i->A))[lane]) + (ulong)i->Immediate;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Load<TSpace, T, TRegister>(Warp w, Instruction* i, uint mask)
        where TSpace : ISpace where T : unmanaged, IBinaryInteger<T> where TRegister : unmanaged, IBinaryInteger<TRegister>
    {
        var bytes = sizeof(T) * i->N;
        if (mask == Lanes.All && AreConsecutive(w, i, bytes) && Address(w, i, 0) is var first && TSpace.Holds(w, i, first, bytes * Lanes.Count)
            && (first & (ulong)Math.Max(bytes - 1, 3)) == 0)
        {
            var p = (T*)TSpace.At(w, i, 0, first, bytes * Lanes.Count, bytes, false);
            if (i->N == 1 && sizeof(T) == sizeof(TRegister))
                Unsafe.CopyBlock(w.R + i->D, p, (uint)(sizeof(T) * Lanes.Count));
            else
                for (int v = 0, n = i->N; v < n; v++)
                {
                    var d = (TRegister*)(w.R + w.Pool[i->List + v]);
                    var s = p + v;
                    for (var lane = 0; lane < Lanes.Count; lane++, s += n)
                        d[lane] = TRegister.CreateTruncating(*s);
                }
            return;
        }
        var last = ulong.MaxValue;
        T* place = null;
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            var address = Address(w, i, lane);
            // lanes often read what their neighbour reads; local memory is each lane's own
            if (place == null || address != last || typeof(TSpace) == typeof(LocalSpace) || typeof(TSpace) == typeof(GenericSpace))
                place = (T*)TSpace.At(w, i, lane, address, bytes, bytes, false);
            last = address;
            if (i->N == 1)
                ((TRegister*)(w.R + i->D))[lane] = TRegister.CreateTruncating(*place);
            else
                for (var v = 0; v < i->N; v++)
                    ((TRegister*)(w.R + w.Pool[i->List + v]))[lane] = TRegister.CreateTruncating(place[v]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store<TSpace, T, TRegister>(Warp w, Instruction* i, uint mask)
        where TSpace : ISpace where T : unmanaged, IBinaryInteger<T> where TRegister : unmanaged, IBinaryInteger<TRegister>
    {
        var bytes = sizeof(T) * i->N;
        if (mask == Lanes.All && AreConsecutive(w, i, bytes) && Address(w, i, 0) is var first && TSpace.Holds(w, i, first, bytes * Lanes.Count)
            && (first & (ulong)Math.Max(bytes - 1, 3)) == 0)
        {
            var p = (T*)TSpace.At(w, i, 0, first, bytes * Lanes.Count, bytes, true);
            for (int v = 0, n = i->N; v < n; v++)
            {
                var s = (TRegister*)(w.R + w.Pool[i->List + v]);
                var d = p + v;
                for (var lane = 0; lane < Lanes.Count; lane++, d += n)
                    *d = T.CreateTruncating(s[lane]);
            }
            return;
        }
        var places = stackalloc T*[Lanes.Count];
        for (var left = mask; left != 0;)
        {
            var lane = Lanes.Take(ref left);
            var p = places[lane] = (T*)TSpace.At(w, i, lane, Address(w, i, lane), bytes, bytes, true);
            for (var v = 0; v < i->N; v++)
                p[v] = T.CreateTruncating(((TRegister*)(w.R + w.Pool[i->List + v]))[lane]);
        }
        if (TSpace.IsCommon)
            for (var left = mask; left != 0;)
            {
                // a lane that does not find what it stored was overwritten by another lane of this very instruction
                var lane = Lanes.Take(ref left);
                for (var v = 0; v < i->N; v++)
                    if (places[lane][v] != T.CreateTruncating(((TRegister*)(w.R + w.Pool[i->List + v]))[lane]))
                        throw w.Block.Fault(FaultKind.ConflictingWrites, w, i, 1u << lane,
                            $"another thread stores a different value to address 0x{Address(w, i, lane):x} in the same instruction", Address(w, i, lane));
            }
    }

    /// <summary>Whether the lanes access one stretch of memory in their order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreConsecutive(Warp w, Instruction* i, int bytes)
    {
        if (i->Width != 8)
        {
            var narrow = (uint*)(w.R + i->A);
            var from = Vector512.Create(narrow[0]) + Vector512.Create(0u, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) * (uint)bytes;
            return Vector512.Load(narrow) == from && Vector512.Load(narrow + 16) == from + Vector512.Create(16 * (uint)bytes);
        }
        var addresses = (ulong*)(w.R + i->A);
        var expected = Vector512.Create(addresses[0]) + Vector512.Create(0ul, 1, 2, 3, 4, 5, 6, 7) * (ulong)bytes;
        var step = Vector512.Create(8ul * (ulong)bytes);
        for (var k = 0; k < Lanes.Count; k += 8, expected += step)
            if (Vector512.Load(addresses + k) != expected)
                return false;
        return true;
    }

    public static DeviceFault Misaligned(Warp w, Instruction* i, int lane, ulong address, int alignment, string space) =>
        w.Block.Fault(FaultKind.Misaligned, w, i, 1u << lane, $"{space} address 0x{address:x} is not a multiple of {alignment}", address);

    public static DeviceFault Race(Warp w, Instruction* i, int lane, ulong address, bool isWrite, Conflict conflict)
    {
        var other = conflict.Warp < 0 ? "another warp" : $"warp {conflict.Warp}";
        var (verb, place) = (isWrite ? "written" : "read", w.Block.Place(conflict.Instruction));
        var (kind, what) = conflict switch
        {
            { IsPendingCopy: true } => (FaultKind.MissingWait,
                $"is {verb} while the asynchronous copy that {other} started ({place}) has not been waited for"),
            { IsBarrier: true } => (FaultKind.BadInstruction, $"is {verb}, where a barrier was started ({place})"),
            { IsUnfenced: true } => (FaultKind.MissingFence,
                $"is {verb} by a product or a box copy and was written by {other} ({place}) without a fence.proxy.async between"),
            _ => (FaultKind.SharedRace, $"is {verb} by warp {w.Index} and was {(conflict.IsWrite ? "written" : "read")} "
                + $"by {other} ({place}) without a barrier between"),
        };
        return w.Block.Fault(kind, w, i, 1u << lane, $"shared address 0x{address:x} {what}", address);
    }

    public static void LookCloser(Warp w, Instruction* i, int lane, ulong address, int bytes, bool isWrite)
    {
        if (w.Shared.TouchWords((uint)address, bytes, w.Index, i->Index, isWrite) is { } conflict)
            throw Race(w, i, lane, address, isWrite, conflict);
    }

    /// <summary>Names an allocation that ends or begins close to an address.</summary>
    public static string Neighbour(IDeviceMemory memory, ulong address)
    {
        for (ulong distance = 1; distance <= 1 << 20; distance *= 2)
        {
            if (address >= distance && memory.TryFind(address - distance, out var before))
                return $"; the allocation 0x{before.Start:x}…0x{before.End:x} ends {address - before.End} bytes before it";
            if (memory.TryFind(address + distance, out var after))
                return $"; the allocation 0x{after.Start:x}…0x{after.End:x} begins {after.Start - address} bytes after it";
        }
        return "";
    }
}
