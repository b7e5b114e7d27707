using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

/// <summary>Turns a kernel's statements into instructions: chooses the loop for each and gives every operand its place.</summary>
internal sealed unsafe partial class Decoder(ModuleParser module, KernelText text)
{
    private const int MostStaticShared = 48 * 1024;

    private readonly List<Instruction> code = [];
    private readonly List<int> lists = [];
    private readonly int target = TargetNumber(module.Target);
    private Statement statement = null!;
    private Opcode opcode = null!;

    public Program Decode()
    {
        LayOutVariables();
        if (sharedBytes > MostStaticShared)
            throw new PtxError(text.Line, $"{text.Name} declares {sharedBytes} bytes of shared memory; more than {MostStaticShared} must be dynamic");
        var starts = new int[text.Statements.Count + 1];
        var branches = new List<(int Instruction, string Label, int Line)>();
        for (var s = 0; s < text.Statements.Count; s++)
        {
            starts[s] = code.Count;
            statement = text.Statements[s];
            opcode = new(statement);
            if (opcode.Name == "bra")
                branches.Add((code.Count, LabelOf(), statement.Line));
            DecodeStatement();
        }
        starts[^1] = code.Count;
        Add(new() { Kind = InstructionKind.Exit, Guard = -1 });
        foreach (var (at, label, line) in branches)
        {
            var instruction = code[at];
            instruction.N = starts[Label(label, line)];
            code[at] = instruction;
        }
        foreach (var (at, label, line) in indexedTargets)
            lists[at] = starts[Label(label, line)];
        return new(code, lists)
        {
            Name = text.Name,
            RegisterBytes = registerBytes,
            ConstantBytes = constantBytes,
            Predicates = predicates,
            Constants = constants,
            Specials = specials,
            ParameterBytes = text.ParameterBytes,
            StaticSharedBytes = sharedBytes,
            DynamicPadding = dynamicPadding,
            LocalBytes = localBytes,
            Files = module.Files,
            HasMemoryBarriers = hasMemoryBarriers,
            MovesRegisters = movesRegisters,
            LaunchRegisters = Math.Min(MostRegisters, Registers / (text.MinBlocks * text.MaxThreads) / RegisterUnit * RegisterUnit),
        };
    }

    // A multiprocessor's registers, the most of a thread, and in what steps they are given out.
    private const int Registers = 64 * 1024, MostRegisters = 255, RegisterUnit = 8;

    private readonly List<(int At, string Label, int Line)> indexedTargets = [];

    private static int TargetNumber(string name) =>
        int.TryParse(name.AsSpan(Math.Min(name.Length, "sm_".Length)).TrimEnd("af"), out var number) ? number : 0;

    private int Label(string label, int line) =>
        text.Labels.TryGetValue(label, out var index) ? index : throw new PtxError(line, $"label {label} is not there");

    private string LabelOf()
    {
        opcode.Drop("uni");
        opcode.Finish(1);
        return statement.Operands[0].Name;
    }

    /// <summary>Some instructions exist only on newer devices than the module's target; ptxas would refuse the module.</summary>
    private void Require(int device)
    {
        if (target < device)
            throw opcode.Error($"requires .target sm_{device} or higher; the module's is {module.Target}");
    }

    private void Add(Instruction instruction)
    {
        if (statement is not null)
        {
            instruction.Guard = statement.Guard is null ? -1 : PredicateNumber(statement.Guard);
            instruction.GuardFlip = statement.GuardIsNegated ? uint.MaxValue : 0;
            instruction.Line = statement.Line;
            instruction.Source = statement.Source;
        }
        instruction.Index = code.Count;
        code.Add(instruction);
    }

    private void DecodeStatement()
    {
        switch (opcode.Name)
        {
            case "bra":
                Add(new() { Kind = InstructionKind.Branch });
                break;
            case "brx":
                IndexedBranch();
                break;
            case "ret" or "exit":
                opcode.Drop("uni");
                opcode.Finish(0);
                Add(new() { Kind = InstructionKind.Exit });
                break;
            case "trap":
                opcode.Finish(0);
                Add(new() { Run = &WarpWide.Trap });
                break;
            default:
                if (!(DecodeArithmetic() || DecodeFloat() || DecodeBits() || DecodeMove() || DecodeCompare() || DecodeMemory() || DecodeWarp()
                    || DecodeGroup()))
                    throw opcode.Error("is not understood");
                break;
        }
    }

    private void IndexedBranch()
    {
        if (!opcode.Take("idx"))
            throw opcode.Error("is not understood");
        opcode.Drop("uni");
        opcode.Finish(2);
        var name = statement.Operands[1].Name;
        if (!text.BranchTargets.TryGetValue(name, out var labels))
            throw opcode.Error($"names the list {name}, which is not there");
        var start = lists.Count;
        foreach (var label in labels)
        {
            indexedTargets.Add((lists.Count, label, statement.Line));
            lists.Add(0);
        }
        Add(new() { Kind = InstructionKind.IndexedBranch, A = Source(0, 4), N = labels.Length, List = start });
    }
}
