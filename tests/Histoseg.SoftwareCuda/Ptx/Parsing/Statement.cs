namespace Histoseg.SoftwareCuda.Ptx.Parsing;

/// <summary>An instruction as written.</summary>
internal sealed record Statement(int Line, SourceLine Source, Register? Guard, bool GuardIsNegated, string Opcode, IReadOnlyList<Operand> Operands);

/// <summary>Where the compiler says an instruction comes from; file 0 if it does not say.</summary>
internal readonly record struct SourceLine(int File, int Line);
