global using unsafe Handler = delegate*<Histoseg.SoftwareCuda.Ptx.Execution.Warp, Histoseg.SoftwareCuda.Ptx.Execution.Instruction*, uint, void>;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>What the warp's loop does with an instruction; all but the first change which lanes run next.</summary>
internal enum InstructionKind : byte
{
    Plain, Branch, IndexedBranch, Exit, Barrier,

    /// <summary>Needs the lanes of a member mask to arrive together, then runs like a plain one.</summary>
    WarpWide,

    /// <summary>Runs like a plain one, and may let other warps have their turn.</summary>
    Yielding,
}

/// <summary>A decoded instruction. Operands are places in the warp's register file, in bytes; numbers in the text have places too.</summary>
internal unsafe struct Instruction
{
    public Handler Run;
    public InstructionKind Kind;

    /// <summary>Number of the guarding predicate, or -1.</summary>
    public int Guard;

    /// <summary>All ones if the guard is negated.</summary>
    public uint GuardFlip;

    public int D;
    public int A;
    public int B;
    public int C;
    public int E;

    /// <summary>Further places, from this index of the program's lists.</summary>
    public int List;

    /// <summary>Branch target, count of vector elements and the like.</summary>
    public int N;

    /// <summary>Offset of an address, mask and the like.</summary>
    public long Immediate;

    /// <summary>Bytes of a register that holds an address, 4 or 8; or of a source's lane.</summary>
    public int Width;

    /// <summary>Bytes of a destination's lane where it may differ from the type's.</summary>
    public int DWidth;

    /// <summary>Its own number in the program.</summary>
    public int Index;

    public int Line;
    public SourceLine Source;
}
