using System.Runtime.InteropServices;
using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>What one host thread needs to run blocks, one after the other: shared memory, warps, registers.</summary>
internal sealed unsafe class Block : IDisposable
{
    /// <summary>Where shared, local and parameter memory lie among generic addresses; their lower halves are the addresses in the space itself.</summary>
    public const ulong SharedWindow = 0xFFFE_0000_0000_0000;
    public const ulong LocalWindow = 0xFFFD_0000_0000_0000;
    public const ulong ParamWindow = 0xFFFC_0000_0000_0000;

    /// <summary>Turns without progress after which all are taken to wait for one another; lanes of a warp take turns, too.</summary>
    private const int MostIdle = 2 * Lanes.Count;

    private readonly Launch launch;
    private readonly byte* registers;
    private readonly uint* predicates;
    private readonly Warp[] warps;
    private readonly List<Warp> ready = [];
    private readonly nuint stride;
    private Dim3 index;

    public Block(Launch launch)
    {
        this.launch = launch;
        Program = launch.Program;
        warps = new Warp[(launch.Block.Count + Lanes.Count - 1) / Lanes.Count];
        var sharedBytes = (uint)(Program.StaticSharedBytes + Program.DynamicPadding) + launch.DynamicSharedBytes;
        Shared = new(sharedBytes, launch.Options.CheckRaces, Program.HasMemoryBarriers ? new(sharedBytes, warps.Length) : null);
        stride = (nuint)(Program.ConstantBytes + Program.RegisterBytes + 64);
        registers = (byte*)NativeMemory.AlignedAlloc(stride * (nuint)warps.Length, 64);
        predicates = (uint*)NativeMemory.AllocZeroed((nuint)(warps.Length * (Program.Predicates + 1)), sizeof(uint));
        Ranges = (DeviceRange*)NativeMemory.AllocZeroed((nuint)Program.CodeLength, (nuint)sizeof(DeviceRange));
        LocalStride = (Program.LocalBytes + 15) / 16 * 16;
        Local = (byte*)NativeMemory.AlignedAlloc((nuint)(LocalStride * warps.Length * Lanes.Count + 16), 64);
        Parameters = launch.Parameters;
        for (var w = 0; w < warps.Length; w++)
            warps[w] = new(this, w, registers + stride * (nuint)w + Program.ConstantBytes, predicates + w * (Program.Predicates + 1));
        foreach (var constant in Program.Constants)
            Fill(warps[0], constant.Slot, constant.Bytes, constant.Bits + (constant.Variable?.Address ?? 0));
        foreach (var warp in warps.AsSpan(1))
            NativeMemory.Copy(warps[0].R - Program.ConstantBytes, warp.R - Program.ConstantBytes, (nuint)Program.ConstantBytes);
        foreach (var warp in warps)
            foreach (var special in Program.Specials)
                Fill(warp, special);
    }

    public Program Program { get; }

    public SharedMemory Shared { get; }

    public byte* Parameters { get; }

    /// <summary>Local memory: of thread t from t·<see cref="LocalStride"/> on.</summary>
    public byte* Local { get; }

    public int LocalStride { get; }

    /// <summary>The allocation that each instruction last accessed.</summary>
    public DeviceRange* Ranges { get; }

    public IDeviceMemory Memory => launch.Memory;

    public int WarpCount => warps.Length;

    /// <summary>Barriers in shared memory.</summary>
    public MemoryBarriers MemoryBarriers { get; } = new();

    /// <summary>Copies and arrivals under way.</summary>
    public PendingWork Pending { get; } = new();

    /// <summary>Registers that setmaxnreg has given back, per thread of a warp.</summary>
    public int FreeRegisters { get; set; }

    private static void Fill(Warp warp, int slot, int bytes, ulong bits)
    {
        for (var lane = 0; lane < Lanes.Count; lane++)
            Buffer.MemoryCopy(&bits, warp.R + slot + lane * bytes, bytes, bytes);
    }

    private void Fill(Warp warp, Special special)
    {
        for (var lane = 0; lane < Lanes.Count; lane++)
        {
            var bits = SpecialValue(special.Name, warp.Index, lane);
            Buffer.MemoryCopy(&bits, warp.R + special.Slot + lane * special.Bytes, special.Bytes, special.Bytes);
        }
    }

    private ulong SpecialValue(string name, int warp, int lane)
    {
        var thread = Thread(warp, lane);
        var (block, grid) = (launch.Block, launch.Grid);
        return name switch
        {
            "%tid.x" => thread.X,
            "%tid.y" => thread.Y,
            "%tid.z" => thread.Z,
            "%ntid.x" => block.X,
            "%ntid.y" => block.Y,
            "%ntid.z" => block.Z,
            "%nctaid.x" => grid.X,
            "%nctaid.y" => grid.Y,
            "%nctaid.z" => grid.Z,
            "%ctaid.x" => index.X,
            "%ctaid.y" => index.Y,
            "%ctaid.z" => index.Z,
            "%laneid" => (ulong)lane,
            "%warpid" => (ulong)warp,
            "%nwarpid" => (ulong)warps.Length,
            "%lanemask_eq" => 1u << lane,
            "%lanemask_lt" => (1u << lane) - 1,
            "%lanemask_le" => (1u << lane) | (1u << lane) - 1,
            "%lanemask_gt" => ~((1u << lane) | (1u << lane) - 1),
            "%lanemask_ge" => ~((1u << lane) - 1),
            "%dynamic_smem_size" => launch.DynamicSharedBytes,
            "%total_smem_size" => Shared.Size,
            "%smid" or "%gridid" => 0,
            "%nsmid" => 1,
            _ => throw new InvalidOperationException(name),
        };
    }

    private Dim3 Thread(int warp, int lane)
    {
        var linear = (uint)(warp * Lanes.Count + lane);
        return new(linear % launch.Block.X, linear / launch.Block.X % launch.Block.Y, linear / launch.Block.X / launch.Block.Y);
    }

    /// <summary>Runs one block; warps take turns from barrier to barrier, in an order the seed gives.</summary>
    public void Run(long number)
    {
        index = new((uint)(number % launch.Grid.X), (uint)(number / launch.Grid.X % launch.Grid.Y), (uint)(number / launch.Grid.X / launch.Grid.Y));
        var random = new Random(unchecked((int)(launch.Options.Seed * 0x9E37_79B1L + number * 0x85EB_CA77L)));
        Shared.Reset();
        MemoryBarriers.Clear();
        Pending.Clear();
        FreeRegisters = 0;
        if (LocalStride > 0)
            NativeMemory.Fill(Local, (nuint)(LocalStride * warps.Length * Lanes.Count), 0xFF);
        foreach (var warp in warps)
        {
            NativeMemory.Fill(warp.R, (nuint)Program.RegisterBytes, 0xFF);
            foreach (var special in Program.Specials)
                if (special.Name.StartsWith("%ctaid", StringComparison.Ordinal))
                    Fill(warp, special);
            var threads = Math.Min(Lanes.Count, launch.Block.Count - warp.Index * Lanes.Count);
            warp.Registers = Program.LaunchRegisters;
            warp.Start(threads == Lanes.Count ? Lanes.All : (1u << (int)threads) - 1, launch.Options.InstructionBudget);
        }
        for (var idle = 0; ;)
        {
            ready.Clear();
            foreach (var warp in warps)
                if (warp.State == WarpState.Ready)
                    ready.Add(warp);
            var before = MemoryBarriers.Progress;
            random.Shuffle(CollectionsMarshal.AsSpan(ready));
            foreach (var warp in ready)
            {
                launch.ThrowIfStopped();
                warp.Run();
            }
            if (Array.TrueForAll(warps, warp => warp.State == WarpState.Done))
                break;
            if (!Array.Exists(warps, warp => warp.State == WarpState.Ready))
            {
                Barriers.Meet(this, warps);
                MemoryBarriers.Progress++;
            }
            idle = MemoryBarriers.Progress == before ? idle + 1 : 0;
            if (Pending.Count > 0)
                Pending.Advance(random, all: idle > 0);
            else if (idle > MostIdle && ready.Find(warp => warp.State == WarpState.Ready) is { } stuck)
                throw Fault(FaultKind.EndlessLoop, stuck, stuck.Next, stuck.Live,
                    $"warp {stuck.Index} waits for a barrier or registers that no warp will ever give: all wait");
        }
        CheckEnd();
    }

    /// <summary>What a block must not leave behind.</summary>
    private void CheckEnd()
    {
        var last = Program.Code + Program.CodeLength - 1;
        foreach (var warp in warps)
            if (!warp.Copies.IsIdle)
                throw Fault(FaultKind.MissingWait, warp, last, 1, $"warp {warp.Index} ends while copies of its own are under way");
        if (!Program.HasMemoryBarriers)
            return;
        if (Pending.Count > 0)
            throw Fault(FaultKind.MissingWait, warps[0], last, 1, $"the block ends while {Pending.Count} copies or arrivals are under way");
        foreach (var warp in warps)
        {
            if (!warp.Products.IsIdle)
                throw Fault(FaultKind.MissingWait, warp, last, 1, $"warp {warp.Index} ends while matrix products are under way");
            var first = warps[warp.Index / 4 * 4];
            if (warp.Products.Started != first.Products.Started)
                throw Fault(FaultKind.DivergentBarrier, warp, last, 1, $"warp {warp.Index} has taken part in {warp.Products.Started} matrix products, "
                    + $"the first of its group in {first.Products.Started}");
            if (warp.Products.Signature != first.Products.Signature)
                throw Fault(FaultKind.DivergentBarrier, warp, last, 1,
                    $"warp {warp.Index} has taken part in other matrix products than the first of its group");
            if (warp.Registers != first.Registers)
                throw Fault(FaultKind.DivergentBarrier, warp, last, 1,
                    $"warp {warp.Index} has {warp.Registers} registers, the first of its group {first.Registers}");
        }
    }

    public DeviceFault Fault(FaultKind kind, Warp warp, Instruction* i, uint lanes, string message, ulong address = 0)
    {
        var lane = lanes == 0 ? 0 : System.Numerics.BitOperations.TrailingZeroCount(lanes);
        var thread = Thread(warp.Index, lane);
        var source = Program.SourceText(i->Source);
        var place = $" (block {index.X},{index.Y},{index.Z}, thread {thread.X},{thread.Y},{thread.Z}, PTX line {i->Line}{(source == "" ? "" : ", " + source)})";
        return new(kind, Program.Name, message, place) { Line = i->Line, SourcePlace = source, Block = index, Thread = thread, Address = address };
    }

    public string Place(int instruction)
    {
        var i = Program.Code + instruction;
        var source = Program.SourceText(i->Source);
        return source == "" ? $"PTX line {i->Line}" : $"PTX line {i->Line}, {source}";
    }

    public void Dispose()
    {
        Shared.Dispose();
        NativeMemory.AlignedFree(registers);
        NativeMemory.Free(predicates);
        NativeMemory.Free(Ranges);
        NativeMemory.AlignedFree(Local);
    }
}
