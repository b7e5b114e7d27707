using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>
/// wgmma of one warp: sixteen of the sixty-four rows. A product reads shared memory and writes registers at some time until it is waited for; here that is
/// when it is waited for, the registers hold NaNs meanwhile, and what it reads is looked at both when it starts and then. Rows of A may lie in registers
/// instead.
/// </summary>
internal sealed unsafe class GroupProducts(Warp warp)
{
    /// <summary>Registers that hold a warp's rows of A where those do not lie in shared memory.</summary>
    public const int RowRegisters = 4;

    private const int Rows = 16, Depth = 16, MostColumns = 256;

    private readonly record struct Product(nint Instruction, ulong A, ulong B, bool Adds, int Group)
    {
        /// <summary>Of what it reads in shared memory, as it was when the product started.</summary>
        public ulong Version { get; init; }

        /// <summary>The rows of A, if they lie in registers, as they were when the product started.</summary>
        public uint[]? Registers { get; init; }
    }

    private readonly List<Product> pending = [];
    private readonly Dictionary<int, float[]> held = [];
    private readonly float[] left = new float[Rows * Depth], right = new float[Depth * MostColumns];
    private int committed;
    private bool isFenced;

    /// <summary>Products started in this block: the same for the four warps of a group.</summary>
    public int Started { get; private set; }

    /// <summary>What they were, of the same matrices in shared memory: the same for the four warps of a group, too.</summary>
    public int Signature { get; private set; }

    public bool IsIdle => pending.Count == 0;

    public void Clear()
    {
        pending.Clear();
        held.Clear();
        (committed, isFenced, Started, Signature) = (0, false, 0, 0);
    }

    public static void Fence(Warp w, Instruction* i, uint mask) => w.Products.isFenced = true;

    public static void Commit(Warp w, Instruction* i, uint mask) => w.Products.committed++;

    /// <summary>wgmma.wait_group: at most N groups may stay under way.</summary>
    public static void Wait(Warp w, Instruction* i, uint mask)
    {
        var products = w.Products;
        var past = products.committed - i->N;
        foreach (var product in products.pending.Where(product => product.Group < past).ToList())
        {
            products.Finish(product);
            products.pending.Remove(product);
            if (!products.pending.Exists(other => products.Sums(other.Instruction) == products.Sums(product.Instruction)))
                products.Release((Instruction*)product.Instruction);
        }
        products.isFenced = false;
    }

    /// <summary>wgmma.mma_async with N columns; List: the sums, then descriptions A and B; E: bit 0 A across k, bit 1 B; B: predicate that adds.</summary>
    public static void Start(Warp w, Instruction* i, uint mask) => w.Products.Start(i, mask, isRegisters: false);

    /// <summary>The same with the registers of the warp's rows of A instead of their description.</summary>
    public static void StartOfRegisters(Warp w, Instruction* i, uint mask) => w.Products.Start(i, mask, isRegisters: true);

    private void Start(Instruction* i, uint mask, bool isRegisters)
    {
        if (!isFenced)
            throw warp.Block.Fault(FaultKind.MissingFence, warp, i, mask, "wgmma without a wgmma.fence since its registers were last anyone else's");
        var list = warp.Pool + i->List + i->N / 2;
        var (a, b) = (isRegisters ? 0 : Uniform(warp, i, list[0]), Uniform(warp, i, list[isRegisters ? RowRegisters : 1]));
        var product = new Product((nint)i, a, b, (warp.Predicate(i->B) & 1) != 0, committed)
        {
            Registers = isRegisters ? RegistersOf(i) : null,
        };
        Hold(i);
        pending.Add(product with { Version = Look(product) });
        Started++;
        Signature = HashCode.Combine(Signature, (nint)i, a, b, product.Adds);
    }

    private uint[] RegistersOf(Instruction* i)
    {
        var registers = new uint[RowRegisters * Lanes.Count];
        for (var r = 0; r < RowRegisters; r++)
            new ReadOnlySpan<uint>(warp.R + warp.Pool[i->List + i->N / 2 + r], Lanes.Count).CopyTo(registers.AsSpan(r * Lanes.Count));
        return registers;
    }

    private static ulong Uniform(Warp w, Instruction* i, int slot)
    {
        var values = new ReadOnlySpan<ulong>(w.R + slot, Lanes.Count);
        return values.IndexOfAnyExcept(values[0]) < 0 ? values[0]
            : throw w.Block.Fault(FaultKind.BadInstruction, w, i, Lanes.All, "the lanes of a warp describe different matrices");
    }

    /// <summary>Where a product's sums are, told by the first of their registers.</summary>
    private int Sums(nint instruction) => warp.Pool[((Instruction*)instruction)->List];

    /// <summary>Takes the sums out of their registers.</summary>
    private void Hold(Instruction* i)
    {
        var at = Sums((nint)i);
        if (held.ContainsKey(at))
            return;
        var sums = held[at] = new float[Rows * i->N];
        for (var r = 0; r < i->N / 2; r++)
        {
            var register = (float*)(warp.R + warp.Pool[i->List + r]);
            for (var lane = 0; lane < Lanes.Count; lane++)
                sums[Place(i->N, r, lane)] = register[lane];
            new Span<float>(register, Lanes.Count).Fill(float.NaN);
        }
    }

    private void Release(Instruction* i)
    {
        held.Remove(Sums((nint)i), out var sums);
        for (var r = 0; r < i->N / 2; r++)
        {
            var register = (float*)(warp.R + warp.Pool[i->List + r]);
            for (var lane = 0; lane < Lanes.Count; lane++)
                register[lane] = sums![Place(i->N, r, lane)];
        }
    }

    /// <summary>Register 4j + 2h + e of lane l holds row l / 4 + 8h, column 8j + 2 (l mod 4) + e.</summary>
    private static int Place(int columns, int register, int lane) =>
        ((lane >> 2) + 8 * (register >> 1 & 1)) * columns + 8 * (register >> 2) + 2 * (lane & 3) + (register & 1);

    /// <summary>How an operand lies in shared memory: eight rows of 128, 64 or 32 bytes, whose pieces are mixed, make a pattern.</summary>
    private readonly struct Operand(ulong description, bool isAcross)
    {
        private readonly uint start = (uint)(description & 0x3FFF) << 4;
        private readonly uint leading = (uint)(description >> 16 & 0x3FFF) << 4;
        private readonly uint stride = (uint)(description >> 32 & 0x3FFF) << 4;

        public uint Start => start;

        /// <summary>Eight neighbouring rows (columns) of one k lie together.</summary>
        public bool IsAcross => isAcross;

        private int RowBytes => 256 >> (int)(description >> 62);

        /// <summary>Only those whose patterns begin at multiples of their size are known here.</summary>
        public bool IsKnown => description >> 62 != 0 && (description >> 49 & 7) == 0 && ((int)start & (8 * RowBytes - 1) & ~(RowBytes - 1)) == 0;

        /// <summary>Address of the piece of 16 bytes that begins with row (column) m and k.</summary>
        public uint Piece(int m, int k)
        {
            var elements = RowBytes / 2;
            var at = isAcross
                ? start + (uint)(m / elements) * leading + (uint)(k / 8) * stride + (uint)(k % 8 * RowBytes + m % elements * 2)
                : start + (uint)(m / 8) * stride + (uint)(m % 8 * RowBytes + k * 2);
            return at ^ (at >> 7 & (uint)(RowBytes / 16 - 1)) << 4;
        }
    }

    private (Operand A, Operand B) Operands(Product product)
    {
        var i = (Instruction*)product.Instruction;
        return (new(product.A, (i->E & 1) != 0), new(product.B, (i->E & 2) != 0));
    }

    /// <summary>Checks what the product reads: that it is there, fenced, and nobody's to write. Returns its version.</summary>
    private ulong Look(Product product)
    {
        var i = (Instruction*)product.Instruction;
        var (a, b) = Operands(product);
        return (product.Registers is null ? Look(i, a, warp.Index % 4 * Rows, Rows) : 0) + Look(i, b, 0, i->N);
    }

    private ulong Look(Instruction* i, in Operand operand, int first, int count)
    {
        if (!operand.IsKnown)
            throw warp.Block.Fault(FaultKind.BadInstruction, warp, i, Lanes.All,
                $"a matrix described at shared address 0x{operand.Start:x} that does not lie in mixed rows of 128, 64 or 32 bytes from a multiple of "
                + "eight of them");
        var version = 0ul;
        var (stepM, stepK) = operand.IsAcross ? (8, 1) : (1, 8);
        for (var m = first; m < first + count; m += stepM)
            for (var k = 0; k < Depth; k += stepK)
            {
                var at = operand.Piece(m, k);
                SharedSpace.Check(warp, i, 0, at, 16, 16);
                if (warp.Shared.Order!.ReadByProduct(at, 16, warp.Index, i->Index, ref version) is { } conflict)
                    throw Accesses.Race(warp, i, 0, at, false, conflict);
            }
        return version;
    }

    private void Finish(Product product)
    {
        var i = (Instruction*)product.Instruction;
        if (Look(product) != product.Version)
            throw warp.Block.Fault(FaultKind.SharedRace, warp, i, Lanes.All, "what the product reads was written before the product was waited for");
        if (product.Registers is { } registers && !registers.AsSpan().SequenceEqual(RegistersOf(i)))
            throw warp.Block.Fault(FaultKind.MissingWait, warp, i, Lanes.All, "registers that the product reads were written before it was waited for");
        var (a, b) = Operands(product);
        var columns = i->N;
        var sums = held[Sums((nint)i)];
        if (product.Registers is { } rows)
            Read(rows, left);
        else
            Read(a, warp.Index % 4 * Rows, Rows, left, isByRow: true);
        Read(b, 0, columns, right, isByRow: false);
        if (!product.Adds)
            Array.Clear(sums);
        for (var row = 0; row < Rows; row++)
            for (var k = 0; k < Depth; k++)
                Add(sums.AsSpan(row * columns, columns), left[row * Depth + k], right.AsSpan(k * columns, columns));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(Span<float> to, float factor, ReadOnlySpan<float> from)
    {
        for (var c = 0; c < to.Length; c += 8)
            Vector256.FusedMultiplyAdd(Vector256.Create(factor), Vector256.Create(from[c..]), Vector256.Create<float>(to[c..])).CopyTo(to[c..]);
    }

    /// <summary>Reads (rows, k): register 2j + h of lane l holds row l / 4 + 8h and k = 8j + 2 (l mod 4) + {0, 1}.</summary>
    private static void Read(uint[] registers, float[] to)
    {
        for (var at = 0; at < registers.Length; at++)
        {
            var (register, lane) = (at / Lanes.Count, at % Lanes.Count);
            var place = ((lane >> 2) + 8 * (register & 1)) * Depth + 8 * (register >> 1) + 2 * (lane & 3);
            to[place] = BitConverter.UInt32BitsToSingle(registers[at] << 16);
            to[place + 1] = BitConverter.UInt32BitsToSingle(registers[at] & 0xFFFF0000);
        }
    }

    /// <summary>Reads (rows, k), or with <paramref name="isByRow"/> false (k, columns).</summary>
    private void Read(in Operand operand, int first, int count, float[] to, bool isByRow)
    {
        var (stepM, stepK) = operand.IsAcross ? (8, 1) : (1, 8);
        for (var m = 0; m < count; m += stepM)
            for (var k = 0; k < Depth; k += stepK)
            {
                var piece = (ushort*)(warp.Shared.Host + operand.Piece(first + m, k));
                for (var e = 0; e < 8; e++)
                {
                    var (row, depth) = operand.IsAcross ? (m + e, k) : (m, k + e);
                    to[isByRow ? row * Depth + depth : depth * count + row] = BitConverter.UInt32BitsToSingle((uint)piece[e] << 16);
                }
            }
    }
}
