namespace Histoseg.SoftwareCuda.Ptx.Parsing;

internal enum OperandKind
{
    Register, Integer, Float32, Float64, Symbol, Address, Vector, Sink,
}

/// <summary>An operand as written.</summary>
internal sealed record Operand(OperandKind Kind)
{
    public Register? Register { get; init; }

    /// <summary>Bits of a number.</summary>
    public ulong Bits { get; init; }

    /// <summary>Name of a label, variable, parameter or special register.</summary>
    public string Name { get; init; } = "";

    /// <summary>What is added to a symbol or to the base of an address.</summary>
    public long Offset { get; init; }

    /// <summary>What an address starts from; null for a plain number.</summary>
    public Operand? Base { get; init; }

    /// <summary>Elements of a vector; of an address in a tensor map the coordinates.</summary>
    public IReadOnlyList<Operand> Elements { get; init; } = [];

    /// <summary>The predicate after <c>|</c>.</summary>
    public Operand? Second { get; init; }

    /// <summary>Written with <c>!</c>.</summary>
    public bool IsNegated { get; init; }
}
