using System.Numerics;
using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

// ld, st, atom, red, cp.async, fences.
internal sealed unsafe partial class Decoder
{
    private bool DecodeMemory()
    {
        switch (opcode.Name)
        {
            case "ld" or "ldu":
                Access(true);
                return true;
            case "st":
                Access(false);
                return true;
            case "atom" or "red":
                Atomic();
                return true;
            case "cp":
                AsyncCopy();
                return true;
            case "fence" when opcode.Take("proxy"):
                if (!opcode.Take("async"))
                    throw opcode.Error("is supported as fence.proxy.async only");
                opcode.Drop("shared::cta");
                ProductFence();
                return true;
            case "fence" when opcode.Take("mbarrier_init"):
                opcode.Drop("release", "cluster");
                ProductFence(forBarriers: true);
                return true;
            case "membar" or "fence":
                opcode.Drop("sc", "acq_rel", "cta", "gpu", "gl", "sys", "cluster");
                opcode.Finish(0);
                Add(new() { Run = &WarpWide.Nothing });
                return true;
            case "prefetch" or "prefetchu":
                opcode.TakeSpace();
                opcode.Drop("L1", "L2");
                opcode.Finish(1);
                Add(new() { Run = &WarpWide.Nothing });
                return true;
            default:
                return false;
        }
    }

    /// <summary>An address operand: the register it starts from and what is added.</summary>
    private Instruction WithAddress(Instruction instruction, Operand operand)
    {
        if (operand.Kind != OperandKind.Address)
            throw opcode.Error("has an operand that should be an address in brackets");
        instruction.Immediate = operand.Offset;
        if (operand.Base is null)
            (instruction.A, instruction.Width) = (ConstantSlot(8, 0, null), 8);
        else
        {
            instruction.Width = operand.Base.Kind == OperandKind.Register ? operand.Base.Register!.Type.Bytes() : 8;
            if (instruction.Width is not (4 or 8))
                throw opcode.Error("has an address that is neither 32 nor 64 bits wide");
            instruction.A = Source(operand.Base, instruction.Width);
        }
        return instruction;
    }

    private void Access(bool isLoad)
    {
        opcode.Drop("volatile", "weak", "relaxed", "acquire", "release", "cta", "gpu", "sys", "nc", "ca", "cg", "cs", "lu", "cv", "wb", "wt");
        opcode.DropStartingWith("L1::");
        opcode.DropStartingWith("L2::");
        var space = opcode.TakeSpace();
        var count = opcode.TakeAny("v2", "v4", "v8") switch { "v2" => 2, "v4" => 4, null => 1, _ => throw opcode.Error("has too long a vector") };
        var type = opcode.TakeType();
        opcode.Finish(2);
        var (address, value) = isLoad ? (Operand(1), Operand(0)) : (Operand(0), Operand(1));
        if (count * type.Bytes() > 16)
            throw opcode.Error("accesses more than 16 bytes");
        var elements = value.Kind == OperandKind.Vector ? value.Elements : [value];
        if (elements.Count != count)
            throw opcode.Error($"has {elements.Count} registers for {count} values");
        var width = elements.Where(element => element.Kind == OperandKind.Register).Select(element => element.Register!.Type.Bytes())
            .DefaultIfEmpty(Math.Max(type.Bytes(), 2)).Max();
        if (width < type.Bytes())
            throw opcode.Error("has a register that is too small for its type");
        var (start, _) = List(value, width, isLoad);
        if (!isLoad && space is PtxSpace.Const or PtxSpace.Param && !isLoad)
            throw opcode.Error("stores to memory that cannot be written");
        Add(WithAddress(new()
        {
            Run = Found(space switch
            {
                PtxSpace.Global or PtxSpace.Const => Access<GlobalSpace>(isLoad, type, width),
                PtxSpace.Shared => Access<SharedSpace>(isLoad, type, width),
                PtxSpace.Local => Access<LocalSpace>(isLoad, type, width),
                PtxSpace.Param => Access<ParamSpace>(isLoad, type, width),
                _ => Access<GenericSpace>(isLoad, type, width),
            }),
            D = lists[start],
            N = count,
            List = start,
        }, address));
    }

    private static Handler Access<TSpace>(bool isLoad, PtxType type, int width) where TSpace : ISpace => width switch
    {
        2 => Access<TSpace, ushort>(isLoad, type),
        4 => Access<TSpace, uint>(isLoad, type),
        8 => Access<TSpace, ulong>(isLoad, type),
        _ => null,
    };

    private static Handler Access<TSpace, TRegister>(bool isLoad, PtxType type) where TSpace : ISpace where TRegister : unmanaged, IBinaryInteger<TRegister> =>
        (isLoad, type.Bytes(), type.IsSigned()) switch
        {
            (true, 1, false) => &Accesses.Load<TSpace, byte, TRegister>,
            (true, 1, true) => &Accesses.Load<TSpace, sbyte, TRegister>,
            (true, 2, false) => &Accesses.Load<TSpace, ushort, TRegister>,
            (true, 2, true) => &Accesses.Load<TSpace, short, TRegister>,
            (true, 4, false) => &Accesses.Load<TSpace, uint, TRegister>,
            (true, 4, true) => &Accesses.Load<TSpace, int, TRegister>,
            (true, 8, _) => &Accesses.Load<TSpace, ulong, TRegister>,
            (false, 1, _) => &Accesses.Store<TSpace, byte, TRegister>,
            (false, 2, _) => &Accesses.Store<TSpace, ushort, TRegister>,
            (false, 4, _) => &Accesses.Store<TSpace, uint, TRegister>,
            (false, 8, _) => &Accesses.Store<TSpace, ulong, TRegister>,
            _ => null,
        };

    private void Atomic()
    {
        opcode.Drop("relaxed", "acquire", "release", "acq_rel", "cta", "gpu", "sys", "noftz");
        var space = opcode.TakeSpace();
        var operation = opcode.TakeAny("add", "min", "max", "exch", "cas", "inc", "dec", "and", "or", "xor")
            ?? throw opcode.Error("does nothing that is known");
        var type = opcode.TakeType();
        var isRed = opcode.Name == "red";
        var first = isRed ? 0 : 1;
        opcode.Finish(first + (operation == "cas" ? 3 : 2));
        Add(WithAddress(new()
        {
            Run = Found(space switch
            {
                PtxSpace.Global => Atomic<GlobalSpace>(operation, type),
                PtxSpace.Shared => Atomic<SharedSpace>(operation, type),
                PtxSpace.Generic => Atomic<GenericSpace>(operation, type),
                _ => null,
            }),
            D = isRed || Operand(0).Kind == OperandKind.Sink ? int.MinValue : Destination(0, type.Bytes()),
            B = Source(first + 1, type.Bytes()),
            C = operation == "cas" ? Source(first + 2, type.Bytes()) : 0,
        }, Operand(first)));
    }

    private static Handler Atomic<TSpace>(string operation, PtxType type) where TSpace : ISpace => (operation, type) switch
    {
        ("add", PtxType.U32 or PtxType.S32) => &Atomics.Update<TSpace, Add<uint>, uint>,
        ("add", PtxType.U64 or PtxType.S64) => &Atomics.Update<TSpace, Add<ulong>, ulong>,
        ("add", PtxType.F32) => &Atomics.Update<TSpace, Add<float>, float>,
        ("add", PtxType.F64) => &Atomics.Update<TSpace, Add<double>, double>,
        ("min", PtxType.U32) => &Atomics.Update<TSpace, Minimum<uint>, uint>,
        ("min", PtxType.S32) => &Atomics.Update<TSpace, Minimum<int>, int>,
        ("min", PtxType.U64) => &Atomics.Update<TSpace, Minimum<ulong>, ulong>,
        ("min", PtxType.S64) => &Atomics.Update<TSpace, Minimum<long>, long>,
        ("max", PtxType.U32) => &Atomics.Update<TSpace, Maximum<uint>, uint>,
        ("max", PtxType.S32) => &Atomics.Update<TSpace, Maximum<int>, int>,
        ("max", PtxType.U64) => &Atomics.Update<TSpace, Maximum<ulong>, ulong>,
        ("max", PtxType.S64) => &Atomics.Update<TSpace, Maximum<long>, long>,
        ("and", PtxType.B32) => &Atomics.Update<TSpace, And<uint>, uint>,
        ("or", PtxType.B32) => &Atomics.Update<TSpace, Or<uint>, uint>,
        ("xor", PtxType.B32) => &Atomics.Update<TSpace, Xor<uint>, uint>,
        ("and", PtxType.B64) => &Atomics.Update<TSpace, And<ulong>, ulong>,
        ("or", PtxType.B64) => &Atomics.Update<TSpace, Or<ulong>, ulong>,
        ("xor", PtxType.B64) => &Atomics.Update<TSpace, Xor<ulong>, ulong>,
        ("exch", PtxType.B32) => &Atomics.Update<TSpace, Second<uint>, uint>,
        ("exch", PtxType.B64) => &Atomics.Update<TSpace, Second<ulong>, ulong>,
        ("inc", PtxType.U32) => &Atomics.Update<TSpace, Increment, uint>,
        ("dec", PtxType.U32) => &Atomics.Update<TSpace, Decrement, uint>,
        ("cas", PtxType.B32) => &Atomics.CompareAndSwap<TSpace, uint>,
        ("cas", PtxType.B64) => &Atomics.CompareAndSwap<TSpace, ulong>,
        _ => null,
    };

    private void AsyncCopy()
    {
        if (!opcode.Take("async"))
            throw opcode.Error("is not understood");
        if (opcode.Take("commit_group"))
        {
            opcode.Finish(0);
            Add(new() { Run = &AsyncCopyOperations.Commit });
        }
        else if (opcode.Take("wait_group"))
        {
            opcode.Finish(1);
            Add(new() { Run = &AsyncCopyOperations.Wait, N = Number(0) });
        }
        else if (opcode.Take("wait_all"))
        {
            opcode.Finish(0);
            Add(new() { Run = &AsyncCopyOperations.Wait, N = -1 });
        }
        else if (opcode.Take("mbarrier"))
            ArriveBehindCopies();
        else if (opcode.Take("bulk"))
            CopyBox();
        else
            StartCopy();
    }

    private void StartCopy()
    {
        var isCg = opcode.TakeAny("cg", "ca") == "cg";
        if (opcode.TakeAny("shared", "shared::cta") is null || !opcode.Take("global"))
            throw opcode.Error("is not understood");
        opcode.DropStartingWith("L2::");
        opcode.Finish(statement.Operands.Count == 4 ? 4 : 3);
        var bytes = Number(2);
        if (bytes is not (4 or 8 or 16) || isCg && bytes != 16)
            throw opcode.Error($"copies {bytes} bytes; .ca copies 4, 8 or 16, .cg 16");
        var from = Operand(1);
        if (from.Kind != OperandKind.Address || from.Base is null)
            throw opcode.Error("has an operand that should be an address in brackets");
        if (statement.Operands.Count == 4 && IsPredicate(Operand(3)))
            throw opcode.Error("takes a predicate to ignore its source, which is not supported: use a source size");
        Add(WithAddress(new()
        {
            Run = &AsyncCopyOperations.Start,
            N = bytes,
            B = Source(from.Base, 8),
            E = checked((int)from.Offset),
            C = statement.Operands.Count == 4 ? Source(3, 4) : int.MinValue,
        }, Operand(0)));
    }
}
