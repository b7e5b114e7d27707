using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

// Functions of one float, copysign and testp.
internal sealed unsafe partial class Decoder
{
    private static readonly string[] tests = ["finite", "infinite", "number", "notanumber", "normal", "subnormal"];

    private bool DecodeFloat()
    {
        switch (opcode.Name)
        {
            case "sqrt":
                Function<SquareRootF32, SquareRootF64>();
                return true;
            case "rcp":
                Function<ReciprocalF32, ReciprocalF64>();
                return true;
            case "rsqrt":
                Function<ReciprocalSquareRootF32, ReciprocalSquareRootF64>();
                return true;
            case "ex2":
                Approximate<Exp2>();
                return true;
            case "lg2":
                Approximate<Log2>();
                return true;
            case "sin":
                Approximate<Sine>();
                return true;
            case "cos":
                Approximate<Cosine>();
                return true;
            case "tanh":
                Approximate<HyperbolicTangent>();
                return true;
            case "copysign":
                var type = opcode.TakeType();
                Emit2(type, type, type switch
                {
                    PtxType.F32 => &Arithmetic.Binary<CopySignF32, float>,
                    PtxType.F64 => &Arithmetic.Binary<CopySignF64, double>,
                    _ => null,
                });
                return true;
            case "testp":
                Test();
                return true;
            default:
                return false;
        }
    }

    private void Function<TFloat, TDouble>() where TFloat : IUnary<float> where TDouble : IUnary<double>
    {
        RoundToNearest();
        opcode.Drop("approx");
        var flush = opcode.Take("ftz");
        var type = opcode.TakeType();
        Emit1(type, type switch
        {
            PtxType.F32 => Families.Float32<TFloat>(flush),
            PtxType.F64 => &Arithmetic.Unary<TDouble, double>,
            _ => null,
        });
    }

    private void Approximate<TOp>() where TOp : IUnary<float>
    {
        opcode.Drop("approx");
        var flush = opcode.Take("ftz");
        var type = opcode.TakeType();
        Emit1(type, type == PtxType.F32 ? Families.Float32<TOp>(flush) : null);
    }

    private void Test()
    {
        var test = opcode.TakeAny(tests) ?? throw opcode.Error("tests for nothing that is known");
        var type = opcode.TakeType();
        opcode.Finish(2);
        Add(new()
        {
            Run = Found(type switch
            {
                PtxType.F32 => &Comparisons.Test<float>,
                PtxType.F64 => &Comparisons.Test<double>,
                _ => null,
            }),
            D = Predicate(Operand(0)),
            A = Source(1, type.Bytes()),
            N = Array.IndexOf(tests, test),
        });
    }
}
