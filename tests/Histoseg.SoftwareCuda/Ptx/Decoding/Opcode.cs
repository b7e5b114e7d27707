using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

/// <summary>An opcode's name and its modifiers, taken one by one; one that nobody takes is an error.</summary>
internal sealed class Opcode
{
    private readonly List<string> modifiers;
    private readonly Statement statement;

    public Opcode(Statement statement)
    {
        this.statement = statement;
        var parts = statement.Opcode.Split('.');
        Name = parts[0];
        modifiers = [.. parts[1..]];
    }

    public string Name { get; }

    public bool Take(string modifier) => modifiers.Remove(modifier);

    /// <summary>Takes the first of the modifiers given that is there.</summary>
    public string? TakeAny(params ReadOnlySpan<string> choices)
    {
        foreach (var choice in choices)
            if (modifiers.Remove(choice))
                return choice;
        return null;
    }

    /// <summary>Takes modifiers that mean nothing here, such as cache hints.</summary>
    public void Drop(params ReadOnlySpan<string> meaningless)
    {
        foreach (var modifier in meaningless)
            modifiers.Remove(modifier);
    }

    public void DropStartingWith(string start) => modifiers.RemoveAll(modifier => modifier.StartsWith(start, StringComparison.Ordinal));

    /// <summary>Takes the first type among the modifiers.</summary>
    public PtxType TakeType()
    {
        var at = modifiers.FindIndex(modifier => PtxTypes.Named(modifier) != PtxType.None);
        if (at < 0)
            throw Error("has no type");
        var type = PtxTypes.Named(modifiers[at]);
        modifiers.RemoveAt(at);
        return type;
    }

    public PtxSpace TakeSpace() => TakeAny("global", "shared::cta", "shared", "local", "const", "param") switch
    {
        "global" => PtxSpace.Global,
        "shared::cta" or "shared" => PtxSpace.Shared,
        "local" => PtxSpace.Local,
        "const" => PtxSpace.Const,
        "param" => PtxSpace.Param,
        _ => PtxSpace.Generic,
    };

    /// <summary>All modifiers must have been taken by now.</summary>
    public void Finish(int operands)
    {
        if (modifiers.Count > 0)
            throw Error($"has the modifier .{modifiers[0]}, which is not supported");
        if (statement.Operands.Count != operands)
            throw Error($"has {statement.Operands.Count} operands where {operands} are expected");
    }

    public PtxError Error(string what) => new(statement.Line, $"{statement.Opcode} {what}");
}
