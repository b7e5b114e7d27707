using Histoseg.SoftwareCuda.Ptx.Execution;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Decoding;

// add, sub, mul, mad, div, rem, min, max, abs, neg, sad for all types; float32 and float64 modifiers.
internal sealed unsafe partial class Decoder
{
    private bool DecodeArithmetic()
    {
        switch (opcode.Name)
        {
            case "add":
                Binary<AddFamily, Add<float>>(Families.Half<Add<float>>, 90);
                return true;
            case "sub":
                Binary<SubtractFamily, Subtract<float>>(Families.Half<Subtract<float>>, 90);
                return true;
            case "min":
                MinMax<MinimumFamily, Minimum<float>, MinimumOrNaN>();
                return true;
            case "max":
                MinMax<MaximumFamily, Maximum<float>, MaximumOrNaN>();
                return true;
            case "mul":
                Multiply();
                return true;
            case "mad" or "fma":
                MultiplyAdd();
                return true;
            case "mul24" or "mad24":
                Multiply24();
                return true;
            case "div":
                if (opcode.TakeAny("approx", "full") is not null)
                {
                    var flush = opcode.Take("ftz");
                    Emit2(opcode.TakeType(), PtxType.F32, Families.Float32<Divide<float>>(flush, false));
                }
                else
                    Binary<DivideFamily, Divide<float>>(null, 0);
                return true;
            case "rem":
                var remainder = opcode.TakeType();
                Emit2(remainder, remainder, Families.Integer<RemainderFamily>(remainder));
                return true;
            case "abs":
                Unary<AbsoluteFamily, Absolute<float>>(Families.HalfUnary<HalfAbsolute>);
                return true;
            case "neg":
                Unary<NegateFamily, Negate<float>>(Families.HalfUnary<HalfNegate>);
                return true;
            case "sad":
                var type = opcode.TakeType();
                Emit3(type, Families.Number<SumOfDifferenceFamily>(type));
                return true;
            default:
                return false;
        }
    }

    private delegate Handler HalfLoop(PtxType type);

    /// <summary>The only rounding supported for sums and products is to nearest; the others have no use in kernels and no loop here.</summary>
    private void RoundToNearest()
    {
        opcode.Drop("rn");
        if (opcode.TakeAny("rz", "rm", "rp") is { } rounding)
            throw opcode.Error($"rounds by .{rounding}, which is not supported");
    }

    private void Binary<TFamily, TFloat>(HalfLoop? half, int halfNeeds) where TFamily : INumberFamily where TFloat : IBinary<float>
    {
        RoundToNearest();
        var (flush, saturate) = (opcode.Take("ftz"), opcode.Take("sat"));
        var type = opcode.TakeType();
        if (type is PtxType.Bf16 or PtxType.Bf16x2)
            Require(halfNeeds);
        if ((flush || saturate) && type != PtxType.F32)
            throw opcode.Error("has a modifier that is supported for f32 only");
        Emit2(type, type, type == PtxType.F32 ? Families.Float32<TFloat>(flush, saturate)
            : half is not null && IsHalf(type) ? half(type) : Families.Number<TFamily>(type));
    }

    private static bool IsHalf(PtxType type) => type is PtxType.F16 or PtxType.Bf16 or PtxType.F16x2 or PtxType.Bf16x2;

    private void MinMax<TFamily, TFloat, TNaN>() where TFamily : INumberFamily where TFloat : IBinary<float> where TNaN : IBinary<float>
    {
        var (flush, nan) = (opcode.Take("ftz"), opcode.Take("NaN"));
        var type = opcode.TakeType();
        Emit2(type, type, (type, nan) switch
        {
            (PtxType.F32, false) => Families.Float32<TFloat>(flush, false),
            (PtxType.F32, true) => Families.Float32<TNaN>(flush, false),
            (PtxType.F16 or PtxType.Bf16 or PtxType.F16x2 or PtxType.Bf16x2, false) when !flush => Families.Half<TFloat>(type),
            (PtxType.F16 or PtxType.Bf16 or PtxType.F16x2 or PtxType.Bf16x2, true) when !flush => Families.Half<TNaN>(type),
            (_, false) when !flush => Families.Number<TFamily>(type),
            _ => null,
        });
    }

    private void Unary<TFamily, TFloat>(HalfLoop half) where TFamily : INumberFamily where TFloat : IUnary<float>
    {
        var flush = opcode.Take("ftz");
        var type = opcode.TakeType();
        Emit1(type, type == PtxType.F32 ? Families.Float32<TFloat>(flush) : IsHalf(type) ? half(type) : Families.Number<TFamily>(type));
    }

    private void Multiply()
    {
        RoundToNearest();
        var (flush, saturate) = (opcode.Take("ftz"), opcode.Take("sat"));
        var part = opcode.TakeAny("lo", "hi", "wide");
        var type = opcode.TakeType();
        if (part == "wide")
        {
            var bytes = type.Bytes();
            opcode.Finish(3);
            Add(new()
            {
                Run = Found(type switch
                {
                    PtxType.U16 => &Arithmetic.MultiplyWide<ushort, uint>,
                    PtxType.S16 => &Arithmetic.MultiplyWide<short, int>,
                    PtxType.U32 => &Arithmetic.MultiplyWide<uint, ulong>,
                    PtxType.S32 => &Arithmetic.MultiplyWide<int, long>,
                    _ => null,
                }),
                D = Destination(0, 2 * bytes),
                A = Source(1, bytes),
                B = Source(2, bytes),
            });
            return;
        }
        if (type is PtxType.Bf16 or PtxType.Bf16x2)
            Require(90);
        if ((flush || saturate) && type != PtxType.F32)
            throw opcode.Error("has a modifier that is supported for f32 only");
        if (part is null != type.IsFloat())
            throw opcode.Error("needs .lo, .hi or .wide for integers, and none for others");
        Emit2(type, type, part == "hi" ? Families.Integer<MultiplyHighFamily>(type) : type == PtxType.F32 ? Families.Float32<Multiply<float>>(flush, saturate)
            : IsHalf(type) ? Families.Half<Multiply<float>>(type) : Families.Number<MultiplyFamily>(type));
    }

    private void MultiplyAdd()
    {
        RoundToNearest();
        var (flush, saturate, relu) = (opcode.Take("ftz"), opcode.Take("sat"), opcode.Take("relu"));
        var part = opcode.TakeAny("lo", "hi", "wide");
        var type = opcode.TakeType();
        if (part == "wide")
        {
            var bytes = type.Bytes();
            opcode.Finish(4);
            Add(new()
            {
                Run = Found(type switch
                {
                    PtxType.U16 => &Arithmetic.MultiplyAddWide<ushort, uint>,
                    PtxType.S16 => &Arithmetic.MultiplyAddWide<short, int>,
                    PtxType.U32 => &Arithmetic.MultiplyAddWide<uint, ulong>,
                    PtxType.S32 => &Arithmetic.MultiplyAddWide<int, long>,
                    _ => null,
                }),
                D = Destination(0, 2 * bytes),
                A = Source(1, bytes),
                B = Source(2, bytes),
                C = Source(3, 2 * bytes),
            });
            return;
        }
        if ((flush || saturate) && type != PtxType.F32 || relu && !IsHalf(type) || part is null != type.IsFloat())
            throw opcode.Error("has modifiers that do not go with its type");
        Emit3(type, type switch
        {
            PtxType.F32 => Families.Fused32(flush, saturate),
            PtxType.F64 => &Arithmetic.Ternary<FusedF64, double>,
            _ when IsHalf(type) => Families.HalfFused(type, relu),
            _ => part == "hi" ? Families.Integer<MultiplyHighAddFamily>(type) : Families.Integer<MultiplyAddFamily>(type),
        });
    }

    private void Multiply24()
    {
        if (!opcode.Take("lo"))
            throw opcode.Error("is supported as .lo only");
        var type = opcode.TakeType();
        if (type is not (PtxType.S32 or PtxType.U32))
            throw opcode.Error("takes .u32 or .s32");
        if (opcode.Name == "mul24")
            Emit2(type, type, Families.Integer<Multiply24Family>(type));
        else
            Emit3(type, Families.Integer<Multiply24AddFamily>(type));
    }

    private Handler Found(Handler handler) => handler != null ? handler : throw opcode.Error("is not supported for this type");

    private void Emit1(PtxType type, Handler handler)
    {
        opcode.Finish(2);
        Add(new() { Run = Found(handler), D = Destination(0, type.Bytes()), A = Source(1, type.Bytes()) });
    }

    private void Emit2(PtxType type, PtxType only, Handler handler)
    {
        opcode.Finish(3);
        if (type != only)
            throw opcode.Error($"is supported for .{only.Text()} only");
        Add(new() { Run = Found(handler), D = Destination(0, type.Bytes()), A = Source(1, type.Bytes()), B = Source(2, type.Bytes()) });
    }

    private void Emit3(PtxType type, Handler handler)
    {
        opcode.Finish(4);
        var bytes = type.Bytes();
        Add(new() { Run = Found(handler), D = Destination(0, bytes), A = Source(1, bytes), B = Source(2, bytes), C = Source(3, bytes) });
    }
}
