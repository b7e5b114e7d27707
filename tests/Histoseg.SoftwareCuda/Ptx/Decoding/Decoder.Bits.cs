using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

// Logic, shifts, bit fields.
internal sealed unsafe partial class Decoder
{
    private bool DecodeBits()
    {
        switch (opcode.Name)
        {
            case "and":
                Logic<AndFamily>(0b1000);
                return true;
            case "or":
                Logic<OrFamily>(0b1110);
                return true;
            case "xor":
                Logic<XorFamily>(0b0110);
                return true;
            case "not":
                Not();
                return true;
            case "cnot":
                Emit1<LogicalNotFamily>();
                return true;
            case "brev":
                Emit1<ReverseBitsFamily>();
                return true;
            case "popc":
                Count<CountBitsFamily>();
                return true;
            case "clz":
                Count<LeadingZerosFamily>();
                return true;
            case "bfind":
                if (opcode.Take("shiftamt"))
                    Count<ShiftToHighestBitFamily>();
                else
                    Count<HighestBitFamily>();
                return true;
            case "shl":
                Shift<ShiftLeftFamily, ShiftLeftByConstantFamily>(true);
                return true;
            case "shr":
                Shift<ShiftRightFamily, ShiftRightByConstantFamily>(false);
                return true;
            case "shf":
                Funnel();
                return true;
            case "prmt":
                if (opcode.TakeType() != PtxType.B32)
                    throw opcode.Error("takes .b32");
                Emit3(PtxType.B32, &Arithmetic.Ternary<Permute, uint>);
                return true;
            case "bfe":
                var extract = opcode.TakeType();
                opcode.Finish(4);
                Add(new()
                {
                    Run = Found(Families.Integer<BitFieldExtractFamily>(extract)),
                    D = Destination(0, extract.Bytes()),
                    A = Source(1, extract.Bytes()),
                    B = Source(2, 4),
                    C = Source(3, 4),
                });
                return true;
            case "bfi":
                var insert = opcode.TakeType();
                opcode.Finish(5);
                Add(new()
                {
                    Run = Found(Families.Integer<BitFieldInsertFamily>(insert)),
                    D = Destination(0, insert.Bytes()),
                    A = Source(1, insert.Bytes()),
                    B = Source(2, insert.Bytes()),
                    C = Source(3, 4),
                    List = List(Operand(4), 4, false).Start,
                });
                return true;
            case "lop3":
                if (opcode.TakeType() != PtxType.B32)
                    throw opcode.Error("takes .b32");
                opcode.Finish(5);
                Add(new()
                {
                    Run = &BitFields.Logic3,
                    D = Destination(0, 4),
                    A = Source(1, 4),
                    B = Source(2, 4),
                    C = Source(3, 4),
                    N = Number(4),
                });
                return true;
            case "szext":
                var wrap = opcode.TakeAny("wrap", "clamp") == "wrap";
                var extend = opcode.TakeType();
                opcode.Finish(3);
                Add(new()
                {
                    Run = &BitFields.Extend,
                    D = Destination(0, 4),
                    A = Source(1, 4),
                    B = Source(2, 4),
                    N = wrap ? 1 : 0,
                    E = extend.IsSigned() ? 1 : 0,
                });
                return true;
            default:
                return false;
        }
    }

    private int Number(int index) => Operand(index).Kind == OperandKind.Integer ? (int)Operand(index).Bits : throw opcode.Error("needs a number");

    private void Logic<TFamily>(int truth) where TFamily : IIntegerFamily
    {
        var type = opcode.TakeType();
        if (type == PtxType.Pred)
        {
            opcode.Finish(3);
            Add(new()
            {
                Run = &Comparisons.PredicateLogic,
                D = Predicate(Operand(0)),
                A = Predicate(Operand(1)),
                B = Predicate(Operand(2)),
                Immediate = truth,
            });
        }
        else
            Emit2(type, type, Families.Integer<TFamily>(type));
    }

    private void Not()
    {
        var type = opcode.TakeType();
        if (type == PtxType.Pred)
        {
            opcode.Finish(2);
            Add(new()
            {
                Run = &Comparisons.PredicateLogic,
                D = Predicate(Operand(0)),
                A = Predicate(Operand(1)),
                B = Predicate(Operand(1)),
                Immediate = 0b0011,
            });
        }
        else
            Emit1(type, Families.Integer<NotFamily>(type));
    }

    private void Emit1<TFamily>() where TFamily : IIntegerFamily
    {
        var type = opcode.TakeType();
        Emit1(type, Families.Integer<TFamily>(type));
    }

    private void Count<TFamily>() where TFamily : IIntegerFamily
    {
        var type = opcode.TakeType();
        opcode.Finish(2);
        Add(new() { Run = Found(Families.Integer<TFamily>(type)), D = Destination(0, 4), A = Source(1, type.Bytes()) });
    }

    private void Shift<TVariable, TConstant>(bool isLeft) where TVariable : IIntegerFamily where TConstant : IIntegerFamily
    {
        var type = opcode.TakeType();
        opcode.Finish(3);
        var count = Operand(2);
        var instruction = new Instruction { D = Destination(0, type.Bytes()), A = Source(1, type.Bytes()) };
        if (count.Kind == OperandKind.Integer && (uint)count.Bits < 8 * type.Bytes() && type.Bytes() >= 4)
        {
            instruction.Run = Found(Families.Integer<TConstant>(type));
            instruction.N = (int)count.Bits;
        }
        else
        {
            instruction.Run = Found(Families.Integer<TVariable>(type));
            instruction.B = Source(2, 4);
        }
        if (isLeft && type.IsSigned())
            throw opcode.Error("shifts left, which is for .b types");
        Add(instruction);
    }

    private void Funnel()
    {
        var direction = opcode.TakeAny("l", "r");
        var mode = opcode.TakeAny("clamp", "wrap");
        if (opcode.TakeType() != PtxType.B32)
            throw opcode.Error("takes .b32");
        Emit3(PtxType.B32, (direction, mode) switch
        {
            ("l", "clamp") => &Arithmetic.Ternary<FunnelLeftClamp, uint>,
            ("l", "wrap") => &Arithmetic.Ternary<FunnelLeftWrap, uint>,
            ("r", "clamp") => &Arithmetic.Ternary<FunnelRightClamp, uint>,
            ("r", "wrap") => &Arithmetic.Ternary<FunnelRightWrap, uint>,
            _ => null,
        });
    }
}
