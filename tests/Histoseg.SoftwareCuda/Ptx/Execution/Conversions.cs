using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Histoseg.SoftwareCuda.Ptx.Parsing;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>How cvt rounds.</summary>
internal enum Rounding
{
    None, NearestEven, Zero, Down, Up, NearestAway,
}

/// <summary>
/// cvt. Every pair of types goes through one slow path; the common pairs have loops of their own. Width and DWidth are the bytes of a
/// source's and a destination's lane, which may exceed the types'.
/// </summary>
internal static unsafe class Conversions
{
    public static void Convert(Warp w, Instruction* i, uint mask)
    {
        var (to, from) = ((PtxType)(i->N & 0xFF), (PtxType)(i->N >> 8 & 0xFF));
        var (rounding, toInteger) = ((Rounding)(i->N >> 16 & 0xF), (i->N >> 20 & 1) != 0);
        var (saturate, flush, relu) = ((i->N >> 21 & 1) != 0, (i->N >> 22 & 1) != 0, (i->N >> 23 & 1) != 0);
        while (mask != 0)
        {
            var lane = Lanes.Take(ref mask);
            ulong bits = 0;
            Unsafe.CopyBlock(&bits, w.R + i->A + lane * i->Width, (uint)i->Width);
            ulong result;
            if (from.IsFloat())
            {
                var value = NumberConversion.Float(bits, from);
                if (flush && from == PtxType.F32)
                    value = FloatModifiers.Flush((float)value);
                if (toInteger)
                    value = NumberConversion.ToWhole(value, rounding);
                if (relu && !(value > 0) && !double.IsNaN(value))
                    value = 0;
                result = to.IsFloat()
                    ? NumberConversion.FromFloat(value, to, toInteger ? Rounding.NearestEven : rounding, saturate, flush)
                    : NumberConversion.ToInteger(value, to);
            }
            else
                result = to.IsFloat() ? NumberConversion.FromInteger(bits, from, to, rounding, saturate) : NumberConversion.Resize(bits, from, to, saturate);
            Unsafe.CopyBlock(w.R + i->D + lane * i->DWidth, &result, (uint)i->DWidth);
        }
    }

    /// <summary>cvt.…16x2.f32 d, a, b: a into the upper half.</summary>
    public static void PackHalves<TFormat>(Warp w, Instruction* i, uint mask) where TFormat : IHalfFormat
    {
        float* a = (float*)(w.R + i->A), b = (float*)(w.R + i->B);
        var d = (uint*)(w.R + i->D);
        while (mask != 0)
        {
            var k = Lanes.Take(ref mask);
            float high = a[k], low = b[k];
            if (i->N != 0)
                (high, low) = (high < 0 ? 0 : high, low < 0 ? 0 : low);
            d[k] = (uint)TFormat.FromFloat(high) << 16 | TFormat.FromFloat(low);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen<T, TD>(Warp w, Instruction* i, uint mask) where T : unmanaged, IBinaryInteger<T> where TD : unmanaged, IBinaryInteger<TD>
    {
        var a = (T*)(w.R + i->A);
        var d = (TD*)(w.R + i->D);
        if (mask == Lanes.All)
            for (var k = 0; k < Lanes.Count; k++)
                d[k] = TD.CreateTruncating(a[k]);
        else
            while (mask != 0)
            {
                var k = Lanes.Take(ref mask);
                d[k] = TD.CreateTruncating(a[k]);
            }
    }
}

internal readonly struct Bf16ToFloat : IMap<ushort, float>
{
    public static float Do(ushort a) => Bf16.ToFloat(a);
}

internal readonly struct FloatToBf16 : IMap<float, ushort>
{
    public static ushort Do(float a) => Bf16.FromFloat(a);
}

internal readonly struct FloatToInt : IMap<float, int>
{
    public static int Do(float a) => (int)a;
}

internal readonly struct FloatToUInt : IMap<float, uint>
{
    public static uint Do(float a) => (uint)a;
}

internal readonly struct IntToFloat : IMap<int, float>
{
    public static float Do(int a) => a;
}

internal readonly struct UIntToFloat : IMap<uint, float>
{
    public static float Do(uint a) => a;
}

internal readonly struct RoundDown : IUnary<float>
{
    public static bool IsWide => true;

    public static float Do(float a) => MathF.Floor(a);

    public static Vector512<float> Wide(Vector512<float> a) => Vector512.Floor(a);
}

internal readonly struct RoundNearest : IUnary<float>
{
    public static bool IsWide => true;

    public static float Do(float a) => MathF.Round(a);

    public static Vector512<float> Wide(Vector512<float> a) => Vector512.Round(a);
}
