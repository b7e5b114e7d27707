using System.Numerics;
using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

// setp.
internal sealed unsafe partial class Decoder
{
    private bool DecodeCompare()
    {
        if (opcode.Name != "setp")
            return false;
        var comparison = opcode.TakeAny("eq", "ne", "lt", "le", "gt", "ge", "lo", "ls", "hi", "hs", "equ", "neu", "ltu", "leu", "gtu", "geu", "num", "nan")
            ?? throw opcode.Error("compares in no known way");
        var join = opcode.TakeAny("and", "or", "xor");
        opcode.Drop("ftz");
        var type = opcode.TakeType();
        opcode.Finish(join is null ? 3 : 4);
        if (comparison is "equ" or "neu" or "ltu" or "leu" or "gtu" or "geu" or "num" or "nan" && !type.IsFloat())
            throw opcode.Error($"compares by .{comparison}, which is for floats");
        comparison = comparison switch { "lo" => "lt", "ls" => "le", "hi" => "gt", "hs" => "ge", var other => other };
        var to = Operand(0);
        Add(new()
        {
            Run = Found(type switch
            {
                PtxType.F32 => Comparison<float>(comparison),
                PtxType.F64 => Comparison<double>(comparison),
                PtxType.S16 => Comparison<short>(comparison),
                PtxType.U16 or PtxType.B16 => Comparison<ushort>(comparison),
                PtxType.S32 => Comparison<int>(comparison),
                PtxType.U32 or PtxType.B32 => Comparison<uint>(comparison),
                PtxType.S64 => Comparison<long>(comparison),
                PtxType.U64 or PtxType.B64 => Comparison<ulong>(comparison),
                _ => null,
            }),
            D = to.Kind == OperandKind.Sink ? SinkPredicate() : Predicate(to),
            E = to.Second is null || to.Second.Kind == OperandKind.Sink ? -1 : Predicate(to.Second),
            A = Source(1, type.Bytes()),
            B = Source(2, type.Bytes()),
            C = join is null ? 0 : PredicateOrNot(Operand(3)),
            Immediate = join is null ? 0 : Flip(Operand(3)),
            N = (int)(join switch { "and" => PredicateJoin.And, "or" => PredicateJoin.Or, "xor" => PredicateJoin.Xor, _ => PredicateJoin.None }),
        });
        return true;
    }

    private int sinkPredicate = -1;

    private int SinkPredicate() => sinkPredicate < 0 ? sinkPredicate = predicates++ : sinkPredicate;

    private static Handler Comparison<T>(string name) where T : unmanaged, INumber<T> => name switch
    {
        "eq" => &Comparisons.SetPredicate<Equal<T>, T>,
        "ne" => &Comparisons.SetPredicate<NotEqual<T>, T>,
        "lt" => &Comparisons.SetPredicate<Less<T>, T>,
        "le" => &Comparisons.SetPredicate<LessOrEqual<T>, T>,
        "gt" => &Comparisons.SetPredicate<Greater<T>, T>,
        "ge" => &Comparisons.SetPredicate<GreaterOrEqual<T>, T>,
        "equ" => &Comparisons.SetPredicate<Opposite<NotEqual<T>, T>, T>,
        "neu" => &Comparisons.SetPredicate<Opposite<Equal<T>, T>, T>,
        "ltu" => &Comparisons.SetPredicate<Opposite<GreaterOrEqual<T>, T>, T>,
        "leu" => &Comparisons.SetPredicate<Opposite<Greater<T>, T>, T>,
        "gtu" => &Comparisons.SetPredicate<Opposite<LessOrEqual<T>, T>, T>,
        "geu" => &Comparisons.SetPredicate<Opposite<Less<T>, T>, T>,
        "num" => &Comparisons.SetPredicate<BothNumbers<T>, T>,
        _ => &Comparisons.SetPredicate<Opposite<BothNumbers<T>, T>, T>,
    };
}
