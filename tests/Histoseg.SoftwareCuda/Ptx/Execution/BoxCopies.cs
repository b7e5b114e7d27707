using System.Runtime.InteropServices;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>cp.async.bulk.tensor: boxes of a tensor map into shared memory, which tell a barrier of their bytes.</summary>
internal static unsafe class BoxCopies
{
    private const int Piece = 16, Line = 128;

    /// <summary>To the shared address A + Immediate from the map B + E at the coordinates List[0…N), for the barrier C.</summary>
    public static void Start(Warp w, Instruction* i, uint mask)
    {
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            var to = Accesses.Address(w, i, lane);
            var map = Map(w, i, lane);
            SharedSpace.Check(w, i, lane, to, map.BoxBytes, Line);
            if (map.Rank != i->N)
                throw w.Block.Fault(FaultKind.BadInstruction, w, i, 1u << lane, $"a tensor map of {map.Rank} dimensions for a copy of {i->N}");
            var barrier = MemoryBarrierOperations.Find(w, i, lane, ((uint*)(w.R + i->C))[lane], true);
            var first = new long[TensorMap.MostRank];
            for (var d = 0; d < i->N; d++)
                first[d] = ((int*)(w.R + w.Pool[i->List + d]))[lane];
            for (var at = 0; at < map.BoxBytes; at += Piece)
                if (w.Shared.StartCopy(Place(map, (uint)to, at), Piece, w.Index, i->Index, lane) is { } conflict)
                    throw Accesses.Race(w, i, lane, to + (ulong)at, true, conflict);
            var (count, home) = (map.BoxBytes, (uint)to);
            w.Block.Pending.Add(null, lane, () =>
            {
                barrier.Tick();
                Copy(w, i, lane, map, first, home, barrier);
                barrier.Bytes -= count;
                barrier.EndIfComplete();
                w.Block.MemoryBarriers.Progress++;
            });
        }
    }

    private static TensorMap Map(Warp w, Instruction* i, int lane)
    {
        Span<byte> bytes = stackalloc byte[TensorMap.Bytes];
        var from = ((ulong*)(w.R + i->B))[lane] + (ulong)i->E;
        // In device memory it would have to be fenced in every block that uses it, which no kernel here does.
        if (from >> 48 != Block.ParamWindow >> 48)
            throw w.Block.Fault(FaultKind.MissingFence, w, i, 1u << lane, $"the tensor map at 0x{from:x} is no parameter of the kernel", from);
        if ((from & 63) != 0)
            throw Accesses.Misaligned(w, i, lane, from, 64, "tensor map's");
        for (var at = 0; at < bytes.Length; at += Piece)
            new ReadOnlySpan<byte>(GenericSpace.At(w, i, lane, from + (ulong)at, Piece, Piece, false), Piece).CopyTo(bytes[at..]);
        var map = MemoryMarshal.Read<TensorMap>(bytes);
        return map.IsValid ? map : throw w.Block.Fault(FaultKind.BadInstruction, w, i, 1u << lane, $"there is no tensor map at 0x{from:x}", from);
    }

    /// <summary>Where a byte of the box, counted as it lies without mixing, lies in shared memory.</summary>
    private static uint Place(in TensorMap map, uint to, int at)
    {
        var place = to + (uint)at;
        return map.IsSwizzled ? place ^ (place >> 7 & 7) << 4 : place;
    }

    private static void Copy(Warp w, Instruction* i, int lane, in TensorMap map, long[] first, uint to, MemoryBarriers.State barrier)
    {
        var each = Piece / map.ElementBytes;
        for (var at = 0; at < map.BoxBytes; at += Piece)
        {
            var rest = at / map.ElementBytes;
            var (from, isInside, outside, held) = (map.Address, true, 0L, 0L);
            for (var d = 0; d < map.Rank; d++)
            {
                var place = first[d] + rest % (int)map.Box[d];
                rest /= (int)map.Box[d];
                if (d == 0)
                {
                    // Elements of the piece before the first and up to the last that the map has.
                    (outside, held) = (Math.Clamp(-place, 0, each), Math.Clamp(map.Extent[0] - place, 0, each));
                    place += outside;
                }
                isInside &= place >= 0 && place < map.Extent[d];
                from += (ulong)place * (d == 0 ? (ulong)map.ElementBytes : map.Stride[d - 1]);
            }
            var home = Place(map, to, at);
            var piece = new Span<byte>(w.Shared.Host + home, Piece);
            piece.Clear();
            var count = (int)(held - outside) * map.ElementBytes;
            if (isInside && count > 0)
                new ReadOnlySpan<byte>(GlobalSpace.At(w, i, lane, from, count, map.ElementBytes, false), count)
                    .CopyTo(piece[((int)outside * map.ElementBytes)..]);
            w.Shared.Order!.EndCopy(home, Piece, barrier.Actor, barrier.Clock, isBox: true);
        }
    }
}
