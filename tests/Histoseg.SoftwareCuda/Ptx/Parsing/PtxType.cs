namespace Histoseg.SoftwareCuda.Ptx.Parsing;

/// <summary>The types of PTX.</summary>
internal enum PtxType
{
    None, B8, U8, S8, B16, U16, S16, F16, Bf16, B32, U32, S32, F32, F16x2, Bf16x2, Tf32, B64, U64, S64, F64, B128, Pred,
}

internal static class PtxTypes
{
    private static readonly Dictionary<string, PtxType> names = Enum.GetValues<PtxType>().Where(type => type != PtxType.None)
        .ToDictionary(type => type.ToString().ToLowerInvariant());

    public static PtxType Named(string name) => names.GetValueOrDefault(name);

    public static int Bytes(this PtxType type) => type switch
    {
        PtxType.B8 or PtxType.U8 or PtxType.S8 => 1,
        PtxType.B16 or PtxType.U16 or PtxType.S16 or PtxType.F16 or PtxType.Bf16 => 2,
        PtxType.B64 or PtxType.U64 or PtxType.S64 or PtxType.F64 => 8,
        PtxType.B128 => 16,
        PtxType.Pred or PtxType.None => 0,
        _ => 4,
    };

    public static bool IsSigned(this PtxType type) => type is PtxType.S8 or PtxType.S16 or PtxType.S32 or PtxType.S64;

    public static bool IsFloat(this PtxType type) =>
        type is PtxType.F16 or PtxType.Bf16 or PtxType.F32 or PtxType.F64 or PtxType.F16x2 or PtxType.Bf16x2 or PtxType.Tf32;

    public static string Text(this PtxType type) => type.ToString().ToLowerInvariant();
}
