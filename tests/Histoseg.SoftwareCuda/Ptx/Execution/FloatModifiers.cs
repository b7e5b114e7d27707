using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

// .ftz (subnormal operands and results become zero of their sign) and .sat (results are clamped to [0, 1], NaN becomes 0) around an operation.

internal static class FloatModifiers
{
    public static float Flush(float a) => float.IsSubnormal(a) ? MathF.CopySign(0, a) : a;

    public static Vector512<float> Flush(Vector512<float> a)
    {
        var sign = Vector512.Create(-0f);
        return Vector512.ConditionalSelect(Vector512.LessThan(a & ~sign, Vector512.Create(1.17549435E-38f)), a & sign, a);
    }

    public static float Saturate(float a) => a > 0 ? MathF.Min(a, 1) : 0;

    public static Vector512<float> Saturate(Vector512<float> a) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(a, Vector512<float>.Zero), Vector512.Min(a, Vector512<float>.One), Vector512<float>.Zero);
}

internal readonly struct FlushedUnary<TOp> : IUnary<float> where TOp : IUnary<float>
{
    public static float Do(float a) => FloatModifiers.Flush(TOp.Do(FloatModifiers.Flush(a)));
}

internal readonly struct FlushedBinary<TOp> : IBinary<float> where TOp : IBinary<float>
{
    public static bool IsWide => TOp.IsWide;

    public static float Do(float a, float b) => FloatModifiers.Flush(TOp.Do(FloatModifiers.Flush(a), FloatModifiers.Flush(b)));

    public static Vector512<float> Wide(Vector512<float> a, Vector512<float> b) =>
        FloatModifiers.Flush(TOp.Wide(FloatModifiers.Flush(a), FloatModifiers.Flush(b)));
}

internal readonly struct FlushedTernary<TOp> : ITernary<float> where TOp : ITernary<float>
{
    public static bool IsWide => TOp.IsWide;

    public static float Do(float a, float b, float c) =>
        FloatModifiers.Flush(TOp.Do(FloatModifiers.Flush(a), FloatModifiers.Flush(b), FloatModifiers.Flush(c)));

    public static Vector512<float> Wide(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        FloatModifiers.Flush(TOp.Wide(FloatModifiers.Flush(a), FloatModifiers.Flush(b), FloatModifiers.Flush(c)));
}

internal readonly struct SaturatedBinary<TOp> : IBinary<float> where TOp : IBinary<float>
{
    public static bool IsWide => TOp.IsWide;

    public static float Do(float a, float b) => FloatModifiers.Saturate(TOp.Do(a, b));

    public static Vector512<float> Wide(Vector512<float> a, Vector512<float> b) => FloatModifiers.Saturate(TOp.Wide(a, b));
}

internal readonly struct SaturatedTernary<TOp> : ITernary<float> where TOp : ITernary<float>
{
    public static bool IsWide => TOp.IsWide;

    public static float Do(float a, float b, float c) => FloatModifiers.Saturate(TOp.Do(a, b, c));

    public static Vector512<float> Wide(Vector512<float> a, Vector512<float> b, Vector512<float> c) => FloatModifiers.Saturate(TOp.Wide(a, b, c));
}
