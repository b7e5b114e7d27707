using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

// Barriers and instructions of a whole warp.
internal sealed unsafe partial class Decoder
{
    private bool DecodeWarp()
    {
        switch (opcode.Name)
        {
            case "bar" or "barrier":
                Barrier();
                return true;
            case "shfl":
                Shuffle();
                return true;
            case "vote":
                Vote();
                return true;
            case "match":
                if (!opcode.Take("any") || !opcode.Take("sync"))
                    throw opcode.Error("is supported as match.any.sync only");
                var matched = opcode.TakeType();
                opcode.Finish(3);
                Add(new()
                {
                    Kind = InstructionKind.WarpWide,
                    Run = Found(matched.Bytes() >= 4 ? Families.Integer<MatchAnyFamily>(matched) : null),
                    D = Destination(0, 4),
                    A = Source(1, matched.Bytes()),
                    C = Source(2, 4),
                });
                return true;
            case "redux":
                Reduce();
                return true;
            case "activemask":
                opcode.Drop("b32");
                opcode.Finish(1);
                Add(new() { Run = &WarpWide.ActiveMask, D = Destination(0, 4) });
                return true;
            case "ldmatrix":
                LoadMatrix();
                return true;
            case "mma":
                MatrixProduct();
                return true;
            default:
                return false;
        }
    }

    private void Barrier()
    {
        opcode.Drop("cta", "aligned");
        if (opcode.Take("warp"))
        {
            opcode.Take("sync");
            opcode.Finish(1);
            Add(new() { Kind = InstructionKind.WarpWide, Run = &WarpWide.Nothing, C = Source(0, 4) });
        }
        else if (opcode.Take("red"))
        {
            var reduction = opcode.TakeAny("popc", "and", "or");
            opcode.TakeType();
            opcode.Finish(3);
            Add(new()
            {
                Kind = InstructionKind.Barrier,
                D = reduction == "popc" ? Destination(0, 4) : Predicate(Operand(0)),
                A = Number(1),
                C = PredicateOrNot(Operand(2)),
                Immediate = Flip(Operand(2)),
                N = (int)(reduction switch
                {
                    "popc" => Barriers.Reduction.Count,
                    "and" => Barriers.Reduction.And,
                    "or" => Barriers.Reduction.Or,
                    _ => throw opcode.Error("is not understood"),
                }),
            });
        }
        else if (opcode.Take("sync"))
        {
            if (statement.Operands.Count > 1)
                throw opcode.Error("names how many threads it waits for, which is not supported: a barrier is for the whole block");
            opcode.Finish(1);
            Add(new() { Kind = InstructionKind.Barrier, A = Number(0) });
        }
        else
            throw opcode.Error("is not supported");
    }

    private void Sync()
    {
        if (!opcode.Take("sync"))
            throw opcode.Error("is supported in its .sync form only");
    }

    private void Shuffle()
    {
        Sync();
        var mode = opcode.TakeAny("up", "down", "bfly", "idx");
        if (opcode.TakeType() != PtxType.B32)
            throw opcode.Error("takes .b32");
        opcode.Finish(5);
        var to = Operand(0);
        Add(new()
        {
            Kind = InstructionKind.WarpWide,
            Run = &WarpWide.Shuffle,
            N = (int)(mode switch
            {
                "up" => WarpWide.ShuffleMode.Up,
                "down" => WarpWide.ShuffleMode.Down,
                "bfly" => WarpWide.ShuffleMode.Butterfly,
                "idx" => WarpWide.ShuffleMode.Index,
                _ => throw opcode.Error("has no mode"),
            }),
            D = Destination(to, 4),
            E = to.Second is null || to.Second.Kind == OperandKind.Sink ? -1 : Predicate(to.Second),
            A = Source(1, 4),
            B = Source(2, 4),
            List = List(Operand(3), 4, false).Start,
            C = Source(4, 4),
        });
    }

    private void Vote()
    {
        Sync();
        var mode = opcode.TakeAny("all", "any", "uni", "ballot");
        opcode.TakeType();
        opcode.Finish(3);
        var isBallot = mode == "ballot";
        Add(new()
        {
            Kind = InstructionKind.WarpWide,
            Run = &WarpWide.Vote,
            N = (int)(mode switch
            {
                "all" => WarpWide.VoteMode.All,
                "any" => WarpWide.VoteMode.Any,
                "uni" => WarpWide.VoteMode.Uniform,
                "ballot" => WarpWide.VoteMode.Ballot,
                _ => throw opcode.Error("has no mode"),
            }),
            D = isBallot ? Destination(0, 4) : Predicate(Operand(0)),
            A = PredicateOrNot(Operand(1)),
            Width = unchecked((int)Flip(Operand(1))),
            C = Source(2, 4),
        });
    }

    private void Reduce()
    {
        Sync();
        var operation = opcode.TakeAny("add", "min", "max", "and", "or", "xor");
        var type = opcode.TakeType();
        opcode.Finish(3);
        Add(new()
        {
            Kind = InstructionKind.WarpWide,
            Run = Found((operation, type) switch
            {
                ("add", PtxType.U32 or PtxType.S32) => &WarpWide.Reduce<Add<uint>, uint>,
                ("min", PtxType.U32) => &WarpWide.Reduce<Minimum<uint>, uint>,
                ("min", PtxType.S32) => &WarpWide.Reduce<Minimum<int>, int>,
                ("max", PtxType.U32) => &WarpWide.Reduce<Maximum<uint>, uint>,
                ("max", PtxType.S32) => &WarpWide.Reduce<Maximum<int>, int>,
                ("and", PtxType.B32) => &WarpWide.Reduce<And<uint>, uint>,
                ("or", PtxType.B32) => &WarpWide.Reduce<Or<uint>, uint>,
                ("xor", PtxType.B32) => &WarpWide.Reduce<Xor<uint>, uint>,
                _ => null,
            }),
            D = Destination(0, 4),
            A = Source(1, 4),
            C = Source(2, 4),
        });
    }

    private void LoadMatrix()
    {
        Sync();
        opcode.Drop("aligned");
        var isTransposed = opcode.Take("trans");
        var count = opcode.TakeAny("x1", "x2", "x4") switch { "x1" => 1, "x2" => 2, "x4" => 4, _ => throw opcode.Error("has no count") };
        var space = opcode.TakeSpace();
        if (!opcode.Take("m8n8") || opcode.TakeType() != PtxType.B16)
            throw opcode.Error("is supported for .m8n8 and .b16 only");
        opcode.Finish(2);
        var (start, registers) = List(Operand(0), 4, true);
        if (registers != count)
            throw opcode.Error($"has {registers} registers for {count} matrices");
        Add(WithAddress(new()
        {
            Kind = InstructionKind.WarpWide,
            Run = Found(space switch
            {
                PtxSpace.Shared => &Matrices.LoadMatrix<SharedSpace>,
                PtxSpace.Generic => &Matrices.LoadMatrix<GenericSpace>,
                _ => null,
            }),
            N = count,
            List = start,
            E = isTransposed ? 1 : 0,
            C = ConstantSlot(4, uint.MaxValue, null),
        }, Operand(1)));
    }

    private void MatrixProduct()
    {
        Sync();
        opcode.Drop("aligned");
        var shape = opcode.TakeAny("m16n8k16", "m16n8k8", "m16n8k4");
        if (!opcode.Take("row") || !opcode.Take("col"))
            throw opcode.Error("is supported as .row.col only");
        var (d, a, b, c) = (opcode.TakeType(), opcode.TakeType(), opcode.TakeType(), opcode.TakeType());
        opcode.Finish(4);
        var (depth, isTf32) = (shape, a) switch
        {
            ("m16n8k16", PtxType.Bf16 or PtxType.F16) => (16, false),
            ("m16n8k8", PtxType.Bf16 or PtxType.F16) => (8, false),
            ("m16n8k8", PtxType.Tf32) => (8, true),
            ("m16n8k4", PtxType.Tf32) => (4, true),
            _ => (0, false),
        };
        if (depth == 0 || a != b || d != PtxType.F32 || c != PtxType.F32)
            throw opcode.Error("multiplies matrices of a shape or type that is not supported");
        int[] expected = isTf32 ? [4, depth / 2, depth / 4, 4] : [4, depth / 4, depth / 8, 4];
        var start = lists.Count;
        for (var k = 0; k < 4; k++)
            if (List(Operand(k), 4, k == 0).Count != expected[k])
                throw opcode.Error($"has {Operand(k).Elements.Count} registers in operand {k + 1} where {expected[k]} are expected");
        Add(new()
        {
            Kind = InstructionKind.WarpWide,
            Run = isTf32 ? &Matrices.MultiplyTf32 : a == PtxType.Bf16 ? &Matrices.MultiplyHalves<Bf16Format> : &Matrices.MultiplyHalves<F16Format>,
            N = depth,
            List = start,
            C = ConstantSlot(4, uint.MaxValue, null),
        });
    }
}
