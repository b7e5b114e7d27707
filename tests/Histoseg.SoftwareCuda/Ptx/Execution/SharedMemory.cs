using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>
/// The shared memory of a block and, for every word of 4 bytes, who touched it since the last barrier. Accesses narrower than a word are
/// kept per byte. A word that an asynchronous copy is under way to is marked across barriers until the copy is waited for.
/// </summary>
internal sealed unsafe class SharedMemory : IDisposable
{
    private const int AtomicActor = 60;
    private const int Many = 63;
    private const uint Pending = (1u << 20) - 1;

    private readonly ulong* words;
    private readonly ulong* bytes;
    private readonly bool isChecked;
    private uint epoch = 1;

    /// <param name="size">Bytes.</param>
    /// <param name="isChecked">Whether accesses are checked for races.</param>
    /// <param name="order">Where barriers in memory order accesses: what keeps that order, and is disposed of with this; checked in any case.</param>
    public SharedMemory(uint size, bool isChecked, Ordering? order)
    {
        Size = size;
        Order = order;
        isChecked &= order is null;
        this.isChecked = isChecked;
        Host = (byte*)NativeMemory.AlignedAlloc(size + 64, 64);
        if (isChecked)
        {
            words = (ulong*)NativeMemory.AllocZeroed((size / 4 + 8) * sizeof(ulong));
            bytes = (ulong*)NativeMemory.AllocZeroed((size + 32) * sizeof(ulong));
        }
    }

    public uint Size { get; }

    /// <summary>Keeps the order of accesses instead of this class where a kernel has barriers in memory.</summary>
    public Ordering? Order { get; }

    public byte* Host { get; }

    /// <summary>Fills the memory with NaNs and forgets all accesses, for the next block.</summary>
    public void Reset()
    {
        NativeMemory.Fill(Host, Size, 0xFF);
        Order?.Reset();
        if (isChecked)
        {
            if (hadPending)
                NativeMemory.Clear(words, (Size / 4 + 8) * sizeof(ulong));
            hadPending = false;
            Barrier();
        }
    }

    /// <summary>All threads have met: what was touched before no longer conflicts.</summary>
    public void Barrier()
    {
        Order?.Meet();
        if (++epoch < Pending)
            return;
        epoch = 1;
        if (!isChecked)
            return;
        for (var k = 0; k < Size / 4 + 8; k++)
            if (Epoch(words[k]) != Pending)
                words[k] = 0;
        NativeMemory.Clear(bytes, (Size + 32) * sizeof(ulong));
    }

    private bool hadPending;

    // An entry: epoch (20 bits), whether bytes of the word have entries (1), writer (6), reader (6), instruction of the writer (16) and of the
    // reader (15). Actors are warp numbers + 1; 0 is nobody.
    private static uint Epoch(ulong entry) => (uint)(entry >> 44);

    private static int Writer(ulong entry) => (int)(entry >> 37) & 63;

    private static int Reader(ulong entry) => (int)(entry >> 31) & 63;

    /// <summary>Instruction that last wrote or read, as far as it is known.</summary>
    public static int InstructionOf(ulong entry, bool writer) => writer ? (int)(entry >> 15) & 0xFFFF : (int)entry & 0x7FFF;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Written(ulong entry, int actor, int pc) =>
        entry & ~(63ul << 37 | 0xFFFFul << 15) | (ulong)(uint)actor << 37 | (ulong)(uint)(pc & 0xFFFF) << 15;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Read(ulong entry, int actor, int pc) =>
        entry & ~(63ul << 31 | 0x7FFFul) | (ulong)(uint)actor << 31 | (ulong)(uint)(pc & 0x7FFF);

    private const ulong WriterField = 63ul << 37;
    private const ulong ReaderField = 63ul << 31;
    private const ulong BytesFlag = 1ul << 43;

    /// <summary>
    /// Notes a read or a write of a warp, of whole words; false if it conflicts with an earlier one or parts of a word have been touched, and
    /// <see cref="TouchWords"/> must look closer. Four words at a time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTouch(uint at, int width, int warp, int pc, bool isWrite)
    {
        if (!isChecked)
            return Order is null;
        var entries = words + at / 4;
        if (width < 16)
            return width >= 4 && TryTouchWord(entries, warp, pc, isWrite) && (width == 4 || TryTouchWord(entries + 1, warp, pc, isWrite));
        var actor = Vector256.Create((ulong)(uint)(warp + 1));
        var (writer, reader) = (actor << 37, actor << 31);
        var current = Vector256.Create((ulong)epoch);
        var touched = isWrite ? writer | Vector256.Create((ulong)(pc & 0xFFFF) << 15) : reader | Vector256.Create((ulong)(pc & 0x7FFF));
        var fresh = current << 44 | touched;
        for (var k = 0; k < width / 4; k += 4)
        {
            var entry = Vector256.Load(entries + k);
            var its = entry >> 44;
            var isCurrent = Vector256.Equals(its, current);
            var (itsWriter, itsReader) = (entry & Vector256.Create(WriterField), entry & Vector256.Create(ReaderField));
            var isMine = Vector256.Equals(itsReader, reader) | Vector256.Equals(itsReader, Vector256<ulong>.Zero);
            var isFine = (Vector256.Equals(itsWriter, writer) | Vector256.Equals(itsWriter, Vector256<ulong>.Zero))
                & Vector256.Equals(entry & Vector256.Create(BytesFlag), Vector256<ulong>.Zero);
            if (isWrite)
                isFine &= isMine;
            if (((isCurrent & ~isFine) | Vector256.Equals(its, Vector256.Create((ulong)Pending))) != Vector256<ulong>.Zero)
                return false;
            var updated = isWrite
                ? entry & ~Vector256.Create(WriterField | 0xFFFFul << 15) | touched
                : entry & ~Vector256.Create(ReaderField | 0x7FFFul)
                    | Vector256.ConditionalSelect(isMine, touched, Vector256.Create(ReaderField | (uint)(pc & 0x7FFF)));
            Vector256.ConditionalSelect(isCurrent, updated, fresh).Store(entries + k);
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTouchWord(ulong* word, int warp, int pc, bool isWrite)
    {
        var entry = *word;
        var actor = warp + 1;
        if (Epoch(entry) != epoch)
        {
            if (Epoch(entry) == Pending)
                return false;
            *word = isWrite ? Written((ulong)epoch << 44, actor, pc) : Read((ulong)epoch << 44, actor, pc);
            return true;
        }
        var (writer, reader) = (Writer(entry), Reader(entry));
        if (writer != actor && writer != 0 || isWrite && reader != actor && reader != 0 || (entry & BytesFlag) != 0)
            return false;
        *word = isWrite ? Written(entry, actor, pc) : Read(entry, reader == 0 || reader == actor ? actor : Many, pc);
        return true;
    }

    /// <summary>Notes an access of any width that <see cref="TryTouch"/> could not; null, or what it conflicts with.</summary>
    public Conflict? TouchWords(uint at, int width, int warp, int pc, bool isWrite)
    {
        if (Order is not null)
            return Order.Touch(at, width, warp, pc, isWrite);
        if (width < 4)
            return TouchBytes(at, width, warp + 1, pc, isWrite, false);
        for (var word = at / 4; word < (at + (uint)width) / 4; word++)
        {
            if (TryTouchWord(words + word, warp, pc, isWrite))
                continue;
            if (Epoch(words[word]) == Pending)
                return new(true, InstructionOf(words[word], true), Writer(words[word]) - 1, true);
            var actor = warp + 1;
            if (Slow(word, actor, isWrite) is { } conflict)
                return conflict;
            var (entry, reader) = (words[word], Reader(words[word]));
            words[word] = isWrite ? Written(entry, actor, pc) : Read(entry, reader == 0 || reader == actor ? actor : Many, pc);
        }
        return null;
    }

    private Conflict? Slow(uint word, int actor, bool isWrite)
    {
        if (Clash(words[word], actor, isWrite, false) is { } clash)
            return clash;
        if ((words[word] >> 43 & 1) != 0)
            for (var k = 0u; k < 4; k++)
                if (Epoch(bytes[word * 4 + k]) == epoch && Clash(bytes[word * 4 + k], actor, isWrite, false) is { } other)
                    return other;
        return null;
    }

    private static Conflict? Clash(ulong entry, int actor, bool isWrite, bool isAtomic)
    {
        int writer = Writer(entry), reader = Reader(entry);
        var me = isAtomic ? AtomicActor : actor;
        if (writer != 0 && writer != me && writer != actor)
            return new(false, InstructionOf(entry, true), writer == AtomicActor ? -1 : writer - 1, true);
        if (isWrite && reader != 0 && reader != me && reader != actor)
            return new(false, InstructionOf(entry, false), reader is Many or AtomicActor ? -1 : reader - 1, false);
        return null;
    }

    /// <summary>As <see cref="TouchWords"/> for parts of a word and, of any width, for atomic accesses, which do not conflict with each other.</summary>
    public Conflict? TouchBytes(uint at, int width, int actor, int pc, bool isWrite, bool isAtomic)
    {
        if (Order is not null)
            return Order.Touch(at, width, actor - 1, pc, isWrite);
        if (!isChecked)
            return null;
        var me = isAtomic ? AtomicActor : actor;
        for (var k = at; k < at + (uint)width; k++)
        {
            ref var word = ref words[k / 4];
            if (Epoch(word) == Pending)
                return new(true, InstructionOf(word, true), Writer(word) - 1, true);
            if (Epoch(word) != epoch)
                word = (ulong)epoch << 44;
            word |= 1ul << 43;
            if (Clash(word, actor, isWrite, isAtomic) is { } clash)
                return clash;
            ref var entry = ref bytes[k];
            if (Epoch(entry) != epoch)
                entry = (ulong)epoch << 44;
            if (Clash(entry, actor, isWrite, isAtomic) is { } conflict)
                return conflict;
            if (isWrite)
                entry = Written(entry, me, pc);
            if (!isWrite || isAtomic)
                entry = Read(entry, Reader(entry) == 0 || Reader(entry) == me ? me : Many, pc);
        }
        return null;
    }

    /// <summary>Marks what an asynchronous copy will write; anyone who touches it before the wait is told.</summary>
    /// <param name="at">Where to.</param>
    /// <param name="width">How many bytes.</param>
    /// <param name="warp">The warp.</param>
    /// <param name="pc">The instruction.</param>
    /// <param name="boxLane">The lane that starts it, where it is a box copy.</param>
    public Conflict? StartCopy(uint at, int width, int warp, int pc, int? boxLane = null)
    {
        NativeMemory.Fill(Host + at, (nuint)width, 0xFF);
        if (Order is not null)
            return Order.StartCopy(at, width, warp, pc, boxLane);
        if (!isChecked)
            return null;
        if (!TryTouch(at, width, warp, pc, true) && TouchWords(at, width, warp, pc, true) is { } conflict)
            return conflict;
        hadPending = true;
        for (var word = at / 4; word < (at + (uint)width) / 4; word++)
            words[word] = Written((ulong)Pending << 44, warp + 1, pc);
        return null;
    }

    /// <summary>The copy has been waited for: from here on it is a write of its warp like any other.</summary>
    public void EndCopy(uint at, int width, int warp, int pc)
    {
        Order?.EndCopy(at, width, warp, Order.Known[warp][warp], isBox: false);
        if (isChecked)
            for (var word = at / 4; word < (at + (uint)width) / 4; word++)
                words[word] = Written((ulong)epoch << 44, warp + 1, pc);
    }

    public void Dispose()
    {
        Order?.Dispose();
        NativeMemory.AlignedFree(Host);
        NativeMemory.Free(words);
        NativeMemory.Free(bytes);
    }
}

/// <summary>The earlier access that an access to shared memory conflicts with; warp −1 where it is not known.</summary>
internal readonly record struct Conflict(bool IsPendingCopy, int Instruction, int Warp, bool IsWrite)
{
    /// <summary>A barrier in memory lies there.</summary>
    public bool IsBarrier { get; init; }

    /// <summary>Written before, but not fenced for products and box copies.</summary>
    public bool IsUnfenced { get; init; }
}
