using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>A kernel decoded for execution.</summary>
internal sealed unsafe class Program
{
    private readonly Instruction[] code;
    private readonly int[] pool;

    public Program(List<Instruction> instructions, List<int> lists)
    {
        code = GC.AllocateArray<Instruction>(instructions.Count, true);
        instructions.CopyTo(code);
        pool = GC.AllocateArray<int>(lists.Count + 1, true);
        lists.CopyTo(pool);
    }

    public required string Name { get; init; }

    public Instruction* Code => (Instruction*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(code, 0);

    public int* Pool => (int*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(pool, 0);

    public int CodeLength => code.Length;

    /// <summary>Bytes of a warp's registers, and of the numbers that lie before them.</summary>
    public required int RegisterBytes { get; init; }

    public required int ConstantBytes { get; init; }

    public required int Predicates { get; init; }

    public required IReadOnlyList<Constant> Constants { get; init; }

    public required IReadOnlyList<Special> Specials { get; init; }

    public required int ParameterBytes { get; init; }

    public required int StaticSharedBytes { get; init; }

    /// <summary>Bytes from the end of static to the begin of dynamic shared memory.</summary>
    public required int DynamicPadding { get; init; }

    public required int LocalBytes { get; init; }

    /// <summary>Whether it has barriers in shared memory (mbarrier), which order accesses then.</summary>
    public required bool HasMemoryBarriers { get; init; }

    /// <summary>Whether registers move from warp to warp (setmaxnreg).</summary>
    public required bool MovesRegisters { get; init; }

    /// <summary>
    /// Registers of a thread at the start, as setmaxnreg counts them: a multiprocessor's, shared among the blocks that the kernel says fit there.
    /// </summary>
    public required int LaunchRegisters { get; init; }

    public required IReadOnlyDictionary<int, string> Files { get; init; }

    public string SourceText(SourceLine source) =>
        source.File != 0 && source.Line != 0 && Files.TryGetValue(source.File, out var file) ? $"{Path.GetFileName(file)}:{source.Line}" : "";
}

/// <summary>A number, or the address of a module's variable, that stands in the register file for all lanes.</summary>
internal sealed record Constant(int Slot, int Bytes, ulong Bits, PtxVariable? Variable);

/// <summary>A special register that stands in the register file.</summary>
internal sealed record Special(int Slot, int Bytes, string Name);
