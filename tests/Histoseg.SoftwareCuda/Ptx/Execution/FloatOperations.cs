using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

// Operations on float32 and float64.

internal readonly struct FusedF32 : ITernary<float>
{
    public static bool IsWide => true;

    public static float Do(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    public static Vector512<float> Wide(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.FusedMultiplyAdd(a, b, c);
}

internal readonly struct FusedF64 : ITernary<double>
{
    public static bool IsWide => true;

    public static double Do(double a, double b, double c) => Math.FusedMultiplyAdd(a, b, c);

    public static Vector512<double> Wide(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.FusedMultiplyAdd(a, b, c);
}

/// <summary>The lesser, NaN if either is.</summary>
internal readonly struct MinimumOrNaN : IBinary<float>
{
    public static bool IsWide => true;

    public static float Do(float a, float b) => MathF.Min(a, b);

    public static Vector512<float> Wide(Vector512<float> a, Vector512<float> b) => Vector512.Min(a, b);
}

/// <summary>The greater, NaN if either is.</summary>
internal readonly struct MaximumOrNaN : IBinary<float>
{
    public static bool IsWide => true;

    public static float Do(float a, float b) => MathF.Max(a, b);

    public static Vector512<float> Wide(Vector512<float> a, Vector512<float> b) => Vector512.Max(a, b);
}

/// <summary>b with the sign of a.</summary>
internal readonly struct CopySignF32 : IBinary<float>
{
    public static float Do(float a, float b) => MathF.CopySign(b, a);
}

internal readonly struct CopySignF64 : IBinary<double>
{
    public static double Do(double a, double b) => Math.CopySign(b, a);
}

internal readonly struct SquareRootF32 : IUnary<float>
{
    public static bool IsWide => true;

    public static float Do(float a) => MathF.Sqrt(a);

    public static Vector512<float> Wide(Vector512<float> a) => Vector512.Sqrt(a);
}

internal readonly struct SquareRootF64 : IUnary<double>
{
    public static double Do(double a) => Math.Sqrt(a);
}

internal readonly struct ReciprocalF32 : IUnary<float>
{
    public static bool IsWide => true;

    public static float Do(float a) => 1 / a;

    public static Vector512<float> Wide(Vector512<float> a) => Vector512<float>.One / a;
}

internal readonly struct ReciprocalF64 : IUnary<double>
{
    public static double Do(double a) => 1 / a;
}

internal readonly struct ReciprocalSquareRootF32 : IUnary<float>
{
    public static float Do(float a) => a == 0 ? 1 / a : (float)(1 / Math.Sqrt(a));
}

internal readonly struct ReciprocalSquareRootF64 : IUnary<double>
{
    public static double Do(double a) => a == 0 ? 1 / a : 1 / Math.Sqrt(a);
}

internal readonly struct Exp2 : IUnary<float>
{
    public static float Do(float a) => (float)Math.Pow(2, a);
}

internal readonly struct Log2 : IUnary<float>
{
    public static float Do(float a) => (float)Math.Log2(a);
}

internal readonly struct Sine : IUnary<float>
{
    public static float Do(float a) => (float)Math.Sin(a);
}

internal readonly struct Cosine : IUnary<float>
{
    public static float Do(float a) => (float)Math.Cos(a);
}

internal readonly struct HyperbolicTangent : IUnary<float>
{
    public static float Do(float a) => (float)Math.Tanh(a);
}
