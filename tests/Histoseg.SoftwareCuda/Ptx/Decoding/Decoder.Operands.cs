using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

// Places of operands in the register file, of variables in shared and local memory.
internal sealed unsafe partial class Decoder
{
    private static readonly HashSet<string> specialNames =
    [
        "%tid.x", "%tid.y", "%tid.z", "%ntid.x", "%ntid.y", "%ntid.z", "%ctaid.x", "%ctaid.y", "%ctaid.z", "%nctaid.x", "%nctaid.y",
        "%nctaid.z", "%laneid", "%warpid", "%nwarpid", "%lanemask_eq", "%lanemask_lt", "%lanemask_le", "%lanemask_gt", "%lanemask_ge",
        "%dynamic_smem_size", "%total_smem_size", "%smid", "%nsmid", "%gridid",
    ];

    private readonly List<Constant> constants = [];
    private readonly List<Special> specials = [];
    private readonly Dictionary<(int Bytes, ulong Bits, PtxVariable? Variable), int> constantSlots = [];
    private readonly Dictionary<(int Bytes, string Name), int> specialSlots = [];
    private readonly Dictionary<string, ulong> addresses = [];
    private int registerBytes;
    private int constantBytes;
    private int predicates;
    private int sharedBytes;
    private int localBytes;
    private int dynamicPadding;
    private int sink = -1;

    private void LayOutVariables()
    {
        var used = text.Statements.SelectMany(s => s.Operands).SelectMany(o => o.Elements.Append(o))
            .SelectMany(o => new[] { o.Name, o.Base?.Name }).ToHashSet();
        var shared = module.Shared.Values.Where(variable => used.Contains(variable.Name)).Concat(text.Variables.Values).ToList();
        foreach (var variable in shared.Where(variable => !variable.IsDynamic))
            addresses[variable.Name] = variable.Space == PtxSpace.Shared ? Allocate(ref sharedBytes, variable) : Allocate(ref localBytes, variable);
        // Dynamic shared memory begins at a multiple of what it says, and of nothing more.
        var alignment = shared.Where(variable => variable.IsDynamic).Select(variable => variable.Alignment).DefaultIfEmpty(0).Max();
        var start = alignment == 0 ? sharedBytes : Aligned(sharedBytes, alignment);
        if (alignment > 0 && start % (2 * alignment) == 0)
            start += alignment;
        dynamicPadding = start - sharedBytes;
        foreach (var variable in shared.Where(variable => variable.IsDynamic))
            addresses[variable.Name] = (ulong)start;
    }

    private static ulong Allocate(ref int bytes, Variable variable)
    {
        var start = Aligned(bytes, variable.Alignment);
        bytes = start + variable.Bytes;
        return (ulong)start;
    }

    private static int Aligned(int bytes, int alignment) => (bytes + alignment - 1) / alignment * alignment;

    private Operand Operand(int index) => statement.Operands[index];

    private int Source(int index, int bytes) => Source(Operand(index), bytes);

    /// <summary>The place of a source whose lanes are so many bytes wide.</summary>
    private int Source(Operand operand, int bytes)
    {
        switch (operand.Kind)
        {
            case OperandKind.Register:
                var register = operand.Register!;
                return register.Type.Bytes() == bytes
                    ? Slot(register)
                    : throw opcode.Error($"takes {8 * bytes} bits, but {register.Name} is .{register.Type.Text()}");
            case OperandKind.Integer:
                return ConstantSlot(bytes, operand.Bits, null);
            case OperandKind.Float32 when bytes == 4:
                return ConstantSlot(bytes, operand.Bits, null);
            case OperandKind.Float64 when bytes == 8:
                return ConstantSlot(bytes, operand.Bits, null);
            case OperandKind.Float64 when bytes == 4:
                return ConstantSlot(bytes, BitConverter.SingleToUInt32Bits((float)BitConverter.UInt64BitsToDouble(operand.Bits)), null);
            case OperandKind.Symbol:
                return SymbolSlot(operand, bytes);
            default:
                throw opcode.Error("has an operand of a kind it does not take");
        }
    }

    private int SymbolSlot(Operand operand, int bytes)
    {
        if (specialNames.Contains(operand.Name))
        {
            if (specialSlots.TryGetValue((bytes, operand.Name), out var known))
                return known;
            var slot = NewConstant(bytes);
            specials.Add(new(slot, bytes, operand.Name));
            return specialSlots[(bytes, operand.Name)] = slot;
        }
        if (addresses.TryGetValue(operand.Name, out var address))
            return ConstantSlot(bytes, address + (ulong)operand.Offset, null);
        if (text.Parameters.FirstOrDefault(parameter => parameter.Name == operand.Name) is { } found)
            return ConstantSlot(bytes, (ulong)(found.Offset + operand.Offset), null);
        if (module.Variables.FirstOrDefault(variable => variable.Name == operand.Name) is { } variable)
            return bytes == 8
                ? ConstantSlot(bytes, (ulong)operand.Offset, variable)
                : throw opcode.Error($"takes {8 * bytes} bits, the address of {operand.Name} has 64");
        throw opcode.Error($"names {operand.Name}, which is not declared");
    }

    private int ConstantSlot(int bytes, ulong bits, PtxVariable? variable)
    {
        if (bytes < 8)
            bits &= (1ul << 8 * bytes) - 1;
        if (constantSlots.TryGetValue((bytes, bits, variable), out var known))
            return known;
        var slot = NewConstant(bytes);
        constants.Add(new(slot, bytes, bits, variable));
        return constantSlots[(bytes, bits, variable)] = slot;
    }

    private int NewConstant(int bytes)
    {
        constantBytes += Lanes.Count * Math.Max(bytes, 2);
        return -constantBytes;
    }

    private int Slot(Register register)
    {
        if (register.Type == PtxType.Pred)
            throw opcode.Error($"does not take the predicate {register.Name}");
        if (register.Slot < 0)
        {
            register.Slot = registerBytes;
            registerBytes += Lanes.Count * Math.Max(register.Type.Bytes(), 2);
        }
        return register.Slot;
    }

    private int Destination(int index, int bytes) => Destination(Operand(index), bytes);

    private int Destination(Operand operand, int bytes)
    {
        if (operand.Kind == OperandKind.Sink)
        {
            if (sink < 0)
            {
                sink = registerBytes;
                registerBytes += Lanes.Count * 8;
            }
            return sink;
        }
        if (operand.Kind != OperandKind.Register)
            throw opcode.Error(operand.Kind == OperandKind.Symbol ? $"names {operand.Name}, which is not declared" : "has a destination that is no register");
        return operand.Register!.Type.Bytes() == bytes
            ? Slot(operand.Register)
            : throw opcode.Error($"gives {8 * bytes} bits, but {operand.Register.Name} is .{operand.Register.Type.Text()}");
    }

    /// <summary>Bytes of the register an operand is, or of the type where it is a number.</summary>
    private static int WidthOf(Operand operand, PtxType type) =>
        operand.Kind == OperandKind.Register ? operand.Register!.Type.Bytes() : Math.Max(type.Bytes(), 2);

    private bool IsPredicate(Operand operand) => operand.Kind == OperandKind.Register && operand.Register!.Type == PtxType.Pred;

    private int Predicate(Operand operand) => operand.IsNegated
        ? throw opcode.Error($"does not take the negation of {operand.Register?.Name}")
        : PredicateOrNot(operand);

    /// <summary>A predicate that may be written with <c>!</c>; <see cref="Flip"/> tells.</summary>
    private int PredicateOrNot(Operand operand) => IsPredicate(operand)
        ? PredicateNumber(operand.Register!)
        : throw opcode.Error("has an operand that should be a predicate");

    private int PredicateNumber(Register register)
    {
        if (register.Slot < 0)
            register.Slot = predicates++;
        return register.Slot;
    }

    private static uint Flip(Operand operand) => operand.IsNegated ? uint.MaxValue : 0;

    /// <summary>Puts places of a vector's elements, or of a single operand, into the lists.</summary>
    private (int Start, int Count) List(Operand operand, int bytes, bool isDestination)
    {
        var start = lists.Count;
        var elements = operand.Kind == OperandKind.Vector ? operand.Elements : [operand];
        var places = elements.Select(element => isDestination ? Destination(element, bytes) : Source(element, bytes)).ToList();
        lists.AddRange(places);
        return (start, places.Count);
    }
}
