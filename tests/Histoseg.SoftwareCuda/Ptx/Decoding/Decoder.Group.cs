using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

// What came with compute capability 9.0: barriers in memory, box copies, products by four warps, registers that move from warp to warp.
internal sealed unsafe partial class Decoder
{
    private bool hasMemoryBarriers;
    private bool movesRegisters;

    private bool DecodeGroup()
    {
        switch (opcode.Name)
        {
            case "mbarrier":
                MemoryBarrier();
                return true;
            case "wgmma":
                GroupProduct();
                return true;
            case "setmaxnreg":
                RequireNinety();
                movesRegisters = true;
                var isIncrease = opcode.TakeAny("inc", "dec") == "inc";
                Sync();
                opcode.Drop("aligned");
                opcode.TakeType();
                opcode.Finish(1);
                if (Number(0) is < 24 or > 256 || Number(0) % 8 != 0)
                    throw opcode.Error("takes a multiple of 8 from 24 to 256");
                Add(new() { Kind = InstructionKind.Yielding, Run = &MemoryBarrierOperations.SetRegisters, N = Number(0), E = isIncrease ? 1 : 0 });
                return true;
            default:
                return false;
        }
    }

    /// <summary>What is of compute capability 9.0 alone and not of later ones.</summary>
    private void RequireNinety()
    {
        if (module.Target != "sm_90a")
            throw opcode.Error($"requires .target sm_90a; the module's is {module.Target}");
    }

    private void MemoryBarrier()
    {
        Require(90);
        hasMemoryBarriers = true;
        var what = opcode.TakeAny("init", "arrive", "try_wait", "test_wait");
        var expects = opcode.Take("expect_tx");
        var hasParity = opcode.Take("parity");
        opcode.Drop("shared", "shared::cta", "release", "acquire", "cta");
        if (opcode.TakeType() != PtxType.B64)
            throw opcode.Error("takes .b64");
        switch (what, expects, hasParity)
        {
            case ("init", false, false):
                opcode.Finish(2);
                Add(WithAddress(new() { Run = &MemoryBarrierOperations.Start, B = Source(1, 4) }, Operand(0)));
                break;
            case ("arrive", _, false) when Operand(0).Kind == OperandKind.Sink:
                opcode.Finish(expects ? 3 : 2);
                Add(WithAddress(new() { Run = &MemoryBarrierOperations.Arrive, B = expects ? Source(2, 4) : int.MinValue }, Operand(1)));
                break;
            case ("try_wait" or "test_wait", false, true):
                opcode.Finish(3);
                Add(WithAddress(new()
                {
                    Kind = InstructionKind.Yielding,
                    Run = &MemoryBarrierOperations.TryWait,
                    D = Predicate(Operand(0)),
                    B = Source(2, 4),
                }, Operand(1)));
                break;
            default:
                throw opcode.Error("is not supported");
        }
    }

    private void ProductFence(bool forBarriers = false)
    {
        Require(90);
        opcode.Finish(0);
        Add(new() { Run = forBarriers ? &MemoryBarrierOperations.ShowBarriers : &MemoryBarrierOperations.Fence });
    }

    private void ArriveBehindCopies()
    {
        Require(90);
        if (!opcode.Take("arrive") || !opcode.Take("noinc"))
            throw opcode.Error("is supported as cp.async.mbarrier.arrive.noinc only");
        opcode.Drop("shared", "shared::cta");
        opcode.TakeType();
        opcode.Finish(1);
        Add(WithAddress(new() { Run = &MemoryBarrierOperations.ArriveBehindCopies }, Operand(0)));
    }

    private void CopyBox()
    {
        Require(90);
        if (!opcode.Take("tensor") || opcode.TakeAny("shared::cluster", "shared::cta") is null || !opcode.Take("global")
            || !opcode.Take("mbarrier::complete_tx::bytes"))
            throw opcode.Error("is supported from a tensor map to shared memory only");
        opcode.Drop("tile");
        var rank = opcode.TakeAny("1d", "2d", "3d", "4d", "5d") is { } dimensions ? dimensions[0] - '0' : throw opcode.Error("has no dimensions");
        opcode.Finish(3);
        var map = Operand(1);
        if (map.Base is null || map.Elements.Count != rank || Operand(2) is not { Base: not null, Offset: 0 } barrier)
            throw opcode.Error($"takes a map with {rank} coordinates and a barrier");
        var start = lists.Count;
        lists.AddRange(map.Elements.Select(element => Source(element, 4)).ToList());
        Add(WithAddress(new()
        {
            Run = &BoxCopies.Start,
            B = Source(map.Base, 8),
            E = checked((int)map.Offset),
            C = Source(barrier.Base, 4),
            N = rank,
            List = start,
        }, Operand(0)));
    }

    private void GroupProduct()
    {
        RequireNinety();
        hasMemoryBarriers = true;
        var all = ConstantSlot(4, uint.MaxValue, null);
        var what = opcode.TakeAny("fence", "commit_group", "wait_group", "mma_async");
        Sync();
        opcode.Drop("aligned");
        if (what != "mma_async")
        {
            opcode.Finish(what == "wait_group" ? 1 : 0);
            Add(new()
            {
                Kind = InstructionKind.WarpWide,
                Run = what switch
                {
                    "fence" => &GroupProducts.Fence,
                    "commit_group" => &GroupProducts.Commit,
                    "wait_group" => &GroupProducts.Wait,
                    _ => throw opcode.Error("is not understood"),
                },
                N = what == "wait_group" ? Number(0) : 0,
                C = all,
            });
            return;
        }
        var columns = 0;
        for (var n = 8; n <= 256; n += 8)
            if (opcode.Take($"m64n{n}k16"))
                columns = n;
        if (columns == 0 || opcode.TakeType() != PtxType.F32 || opcode.TakeType() != PtxType.Bf16 || opcode.TakeType() != PtxType.Bf16)
            throw opcode.Error("multiplies matrices of a shape or type that is not supported");
        // A's rows lie in registers, a vector of four, or as B's columns in shared memory; then it is told, too, whether they lie across k.
        var isRegisters = Operand(1).Kind == OperandKind.Vector;
        opcode.Finish(isRegisters ? 7 : 8);
        if (Number(4) != 1 || Number(5) != 1)
            throw opcode.Error("is supported without negation");
        var (start, count) = List(Operand(0), 4, true);
        if (count != columns / 2)
            throw opcode.Error($"has {count} registers for {columns / 2} sums");
        if (!isRegisters)
            lists.Add(Source(1, 8));
        else if (List(Operand(1), 4, false).Count is not GroupProducts.RowRegisters and var given)
            throw opcode.Error($"has {given} registers for rows of A that fill {GroupProducts.RowRegisters}");
        lists.Add(Source(2, 8));
        Add(new()
        {
            Kind = InstructionKind.WarpWide,
            Run = isRegisters ? &GroupProducts.StartOfRegisters : &GroupProducts.Start,
            N = columns,
            List = start,
            B = Predicate(Operand(3)),
            E = isRegisters ? Number(6) << 1 : Number(6) | Number(7) << 1,
            C = all,
        });
    }
}
