using Histoseg.Cuda;

namespace Histoseg.SoftwareCuda.Ptx.Parsing;

/// <summary>A kernel as parsed: statements, labels and variables.</summary>
internal sealed class KernelText(string name, int line)
{
    public string Name => name;

    public int Line => line;

    public List<PtxParameter> Parameters { get; } = [];

    public int ParameterBytes { get; set; }

    public int MaxThreads { get; set; } = 1024;

    /// <summary>Set by .minnctapersm: blocks that are to fit on a multiprocessor.</summary>
    public int MinBlocks { get; set; } = 1;

    /// <summary>Set by .reqntid: the one block shape the kernel may be launched with.</summary>
    public Dim3? RequiredBlock { get; set; }

    public List<Statement> Statements { get; } = [];

    /// <summary>Index of the statement that follows each label.</summary>
    public Dictionary<string, int> Labels { get; } = [];

    /// <summary>Lists of labels for brx.idx.</summary>
    public Dictionary<string, string[]> BranchTargets { get; } = [];

    /// <summary>Variables declared in the body.</summary>
    public Dictionary<string, Variable> Variables { get; } = [];
}

/// <summary>A variable in shared or local memory; <see cref="Bytes"/> is 0 for dynamic shared memory.</summary>
internal sealed record Variable(string Name, PtxSpace Space, int Alignment, int Bytes, bool IsDynamic, int Line);
