using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

// mov, cvt, cvta, selp, slct.
internal sealed unsafe partial class Decoder
{
    private bool DecodeMove()
    {
        switch (opcode.Name)
        {
            case "mov":
                Move();
                return true;
            case "cvt":
                Convert();
                return true;
            case "cvta":
                ConvertAddress();
                return true;
            case "selp":
                var type = opcode.TakeType();
                opcode.Finish(4);
                Add(new()
                {
                    Run = Found(type.Bytes() switch
                    {
                        2 => &Arithmetic.Select<ushort>,
                        4 => &Arithmetic.Select<uint>,
                        8 => &Arithmetic.Select<ulong>,
                        _ => null,
                    }),
                    D = Destination(0, type.Bytes()),
                    A = Source(1, type.Bytes()),
                    B = Source(2, type.Bytes()),
                    C = Predicate(Operand(3)),
                });
                return true;
            case "slct":
                opcode.Drop("ftz");
                var (value, sign) = (opcode.TakeType(), opcode.TakeType());
                opcode.Finish(4);
                Add(new()
                {
                    Run = Found((value.Bytes(), sign) switch
                    {
                        (4, PtxType.S32) => &Arithmetic.SelectBySign<uint, int>,
                        (4, PtxType.F32) => &Arithmetic.SelectBySign<uint, float>,
                        (8, PtxType.S32) => &Arithmetic.SelectBySign<ulong, int>,
                        (8, PtxType.F32) => &Arithmetic.SelectBySign<ulong, float>,
                        _ => null,
                    }),
                    D = Destination(0, value.Bytes()),
                    A = Source(1, value.Bytes()),
                    B = Source(2, value.Bytes()),
                    C = Source(3, 4),
                });
                return true;
            default:
                return false;
        }
    }

    private void Move()
    {
        var type = opcode.TakeType();
        opcode.Finish(2);
        var (to, from) = (Operand(0), Operand(1));
        if (type == PtxType.Pred && from.Kind == OperandKind.Integer)
            Add(new() { Run = &Comparisons.PredicateLogic, D = Predicate(to), Immediate = from.Bits == 0 ? 0 : 0b1111 });
        else if (type == PtxType.Pred)
            Add(new() { Run = &Comparisons.PredicateLogic, D = Predicate(to), A = Predicate(from), B = Predicate(from), Immediate = 0b1100 });
        else if (to.Kind == OperandKind.Vector && from.Kind == OperandKind.Vector)
            throw opcode.Error("moves a vector to a vector");
        else if (from.Kind == OperandKind.Vector)
        {
            var bytes = type.Bytes() / from.Elements.Count;
            var (start, count) = List(from, bytes, false);
            Add(new() { Run = &Packing.Pack, D = Destination(to, type.Bytes()), List = start, N = count, Width = bytes });
        }
        else if (to.Kind == OperandKind.Vector)
        {
            var bytes = type.Bytes() / to.Elements.Count;
            var (start, count) = List(to, bytes, true);
            Add(new() { Run = &Packing.Unpack, A = Source(from, type.Bytes()), List = start, N = count, Width = bytes });
        }
        else if (from is { Kind: OperandKind.Symbol, Name: "%clock" or "%clock_hi" or "%clock64" or "%globaltimer" })
            Add(new() { Run = type.Bytes() == 8 ? &WarpWide.Clock<ulong> : &WarpWide.Clock<uint>, D = Destination(to, type.Bytes()) });
        else
            Add(new() { Run = Found(Families.Copy(type.Bytes())), D = Destination(to, type.Bytes()), A = Source(from, type.Bytes()) });
    }

    private void ConvertAddress()
    {
        var toSpace = opcode.Take("to");
        var space = opcode.TakeSpace();
        var bytes = opcode.TakeType().Bytes();
        opcode.Finish(2);
        var window = space switch
        {
            PtxSpace.Shared => Block.SharedWindow,
            PtxSpace.Local => Block.LocalWindow,
            PtxSpace.Param => Block.ParamWindow,
            PtxSpace.Global or PtxSpace.Const => 0ul,
            _ => throw opcode.Error("is not supported for this space"),
        };
        var instruction = new Instruction { D = Destination(0, bytes), A = Source(1, bytes) };
        if (window == 0 || bytes == 4)
            instruction.Run = Families.Copy(bytes);
        else
        {
            instruction.Run = toSpace ? SubtractFamily.Of<ulong>() : AddFamily.Of<ulong>();
            instruction.B = ConstantSlot(8, window, null);
        }
        Add(instruction);
    }

    private void Convert()
    {
        var whole = opcode.TakeAny("rni", "rzi", "rmi", "rpi");
        var fraction = opcode.TakeAny("rna", "rn", "rz", "rm", "rp");
        var (flush, saturate, relu) = (opcode.Take("ftz"), opcode.Take("sat"), opcode.Take("relu"));
        var (to, from) = (opcode.TakeType(), opcode.TakeType());
        if (to is PtxType.Bf16x2 or PtxType.F16x2)
        {
            opcode.Finish(3);
            if (from != PtxType.F32 || fraction != "rn" || flush || saturate || whole is not null)
                throw opcode.Error("is supported as .rn from .f32 only");
            Add(new()
            {
                Run = to == PtxType.Bf16x2 ? &Conversions.PackHalves<Bf16Format> : &Conversions.PackHalves<F16Format>,
                D = Destination(0, 4),
                A = Source(1, 4),
                B = Source(2, 4),
                N = relu ? 1 : 0,
            });
            return;
        }
        opcode.Finish(2);
        if (to == PtxType.Bf16 && from != PtxType.F32 || from == PtxType.Bf16 && (to != PtxType.F32 || flush || saturate))
            Require(90);
        if (from is PtxType.Tf32 or PtxType.F16x2 or PtxType.Bf16x2 || to == PtxType.Tf32 && (from != PtxType.F32 || fraction != "rna"))
            throw opcode.Error("is not supported");
        if (to.IsFloat() && !from.IsFloat() && fraction is null || from.IsFloat() && !to.IsFloat() && whole is null
            || from.IsFloat() && to.IsFloat() && to.Bytes() < from.Bytes() && fraction is null || to == PtxType.Bf16 && fraction is not ("rn" or "rz"))
            throw opcode.Error("needs a rounding");
        var source = Operand(1);
        var fromBytes = WidthOf(source, from);
        var toBytes = WidthOf(Operand(0), to);
        if (fromBytes < from.Bytes() || toBytes < to.Bytes())
            throw opcode.Error("has a register that is too small for its type");
        if (to.IsFloat() && toBytes != to.Bytes() || from.IsFloat() && fromBytes != from.Bytes())
            throw opcode.Error("has a register of a size that does not match its type");
        var rounding = (whole ?? fraction) switch
        {
            "rn" or "rni" => Rounding.NearestEven,
            "rz" or "rzi" => Rounding.Zero,
            "rm" or "rmi" => Rounding.Down,
            "rp" or "rpi" => Rounding.Up,
            "rna" => Rounding.NearestAway,
            _ => Rounding.None,
        };
        var fast = flush || saturate || relu ? null : FastConversion(to, from, toBytes, fromBytes, whole, fraction);
        Add(new()
        {
            Run = fast != null ? fast : &Conversions.Convert,
            D = Destination(0, toBytes),
            A = Source(source, fromBytes),
            Width = fromBytes,
            DWidth = toBytes,
            N = (int)to | (int)from << 8 | (int)rounding << 16 | (whole is null ? 0 : 1 << 20)
                | (saturate ? 1 << 21 : 0) | (flush ? 1 << 22 : 0) | (relu ? 1 << 23 : 0),
        });
    }

    private static Handler FastConversion(PtxType to, PtxType from, int toBytes, int fromBytes, string? whole, string? fraction)
    {
        if (to.Bytes() != toBytes || from.Bytes() != fromBytes)
            return null;
        return (to, from, whole ?? fraction) switch
        {
            (PtxType.U64 or PtxType.S64, PtxType.U32, null) => &Conversions.Widen<uint, ulong>,
            (PtxType.U64 or PtxType.S64, PtxType.S32, null) => &Conversions.Widen<int, long>,
            (PtxType.U32 or PtxType.S32, PtxType.U64 or PtxType.S64, null) => &Conversions.Widen<ulong, uint>,
            (PtxType.U32 or PtxType.S32, PtxType.U16, null) => &Conversions.Widen<ushort, uint>,
            (PtxType.U32 or PtxType.S32, PtxType.S16, null) => &Conversions.Widen<short, int>,
            (PtxType.U16 or PtxType.S16, PtxType.U32 or PtxType.S32, null) => &Conversions.Widen<uint, ushort>,
            (PtxType.F32, PtxType.Bf16, null) => &Arithmetic.Map<Bf16ToFloat, ushort, float>,
            (PtxType.Bf16, PtxType.F32, "rn") => &Arithmetic.Map<FloatToBf16, float, ushort>,
            (PtxType.S32, PtxType.F32, "rzi") => &Arithmetic.Map<FloatToInt, float, int>,
            (PtxType.U32, PtxType.F32, "rzi") => &Arithmetic.Map<FloatToUInt, float, uint>,
            (PtxType.F32, PtxType.S32, "rn") => &Arithmetic.Map<IntToFloat, int, float>,
            (PtxType.F32, PtxType.U32, "rn") => &Arithmetic.Map<UIntToFloat, uint, float>,
            (PtxType.F32, PtxType.F32, "rmi") => &Arithmetic.Unary<RoundDown, float>,
            (PtxType.F32, PtxType.F32, "rni") => &Arithmetic.Unary<RoundNearest, float>,
            _ => null,
        };
    }
}
