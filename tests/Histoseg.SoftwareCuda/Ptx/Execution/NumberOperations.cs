using System.Numerics;
using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

// Operations on numbers of every kind. Integers wrap around.

internal readonly struct Add<T> : IBinary<T> where T : unmanaged, INumber<T>
{
    public static bool IsWide => true;

    public static T Do(T a, T b) => a + b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => a + b;
}

internal readonly struct Subtract<T> : IBinary<T> where T : unmanaged, INumber<T>
{
    public static bool IsWide => true;

    public static T Do(T a, T b) => a - b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => a - b;
}

internal readonly struct Multiply<T> : IBinary<T> where T : unmanaged, INumber<T>
{
    public static bool IsWide => true;

    public static T Do(T a, T b) => a * b;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => a * b;
}

/// <summary>Division; of integers towards zero, and all ones where the divisor is 0, as the hardware gives it.</summary>
internal readonly struct Divide<T> : IBinary<T> where T : unmanaged, INumber<T>, IMinMaxValue<T>
{
    public static bool IsWide => typeof(T) == typeof(float) || typeof(T) == typeof(double);

    public static T Do(T a, T b)
    {
        if (typeof(T) == typeof(float) || typeof(T) == typeof(double))
            return a / b;
        if (T.IsZero(b))
            return T.Zero - T.One;
        return T.IsNegative(b) && b == T.Zero - T.One ? T.Zero - a : a / b;
    }

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => a / b;
}

/// <summary>Remainder of the division towards zero; the dividend itself where the divisor is 0.</summary>
internal readonly struct Remainder<T> : IBinary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Do(T a, T b) => T.IsZero(b) ? a : T.IsNegative(b) && b == T.Zero - T.One ? T.Zero : a % b;
}

internal readonly struct MultiplyAdd<T> : ITernary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static bool IsWide => true;

    public static T Do(T a, T b, T c) => a * b + c;

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b, Vector512<T> c) => a * b + c;
}

/// <summary>The upper half of the product in twice the width.</summary>
internal readonly struct MultiplyHigh<T> : IBinary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static unsafe T Do(T a, T b)
    {
        if (typeof(T) == typeof(ulong))
            return T.CreateTruncating(Math.BigMul(ulong.CreateTruncating(a), ulong.CreateTruncating(b), out _));
        if (typeof(T) == typeof(long))
            return T.CreateTruncating(Math.BigMul(long.CreateTruncating(a), long.CreateTruncating(b), out _));
        return T.CreateTruncating(long.CreateTruncating(a) * long.CreateTruncating(b) >> 8 * sizeof(T));
    }
}

internal readonly struct MultiplyHighAdd<T> : ITernary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Do(T a, T b, T c) => MultiplyHigh<T>.Do(a, b) + c;
}

/// <summary>The product of the lower 24 bits.</summary>
internal readonly struct Multiply24<T> : IBinary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Do(T a, T b) => (a << 8 >> 8) * (b << 8 >> 8);
}

internal readonly struct Multiply24Add<T> : ITernary<T> where T : unmanaged, IBinaryInteger<T>
{
    public static T Do(T a, T b, T c) => Multiply24<T>.Do(a, b) + c;
}

/// <summary>The lesser; of a number and a NaN the number; −0 before 0.</summary>
internal readonly struct Minimum<T> : IBinary<T> where T : unmanaged, INumber<T>
{
    public static bool IsWide => true;

    public static T Do(T a, T b) => T.MinNumber(a, b);

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) =>
        typeof(T) == typeof(float) || typeof(T) == typeof(double) ? Vector512.MinNumber(a, b) : Vector512.Min(a, b);
}

/// <summary>The greater; of a number and a NaN the number; 0 after −0.</summary>
internal readonly struct Maximum<T> : IBinary<T> where T : unmanaged, INumber<T>
{
    public static bool IsWide => true;

    public static T Do(T a, T b) => T.MaxNumber(a, b);

    public static Vector512<T> Wide(Vector512<T> a, Vector512<T> b) =>
        typeof(T) == typeof(float) || typeof(T) == typeof(double) ? Vector512.MaxNumber(a, b) : Vector512.Max(a, b);
}

internal readonly struct Negate<T> : IUnary<T> where T : unmanaged, INumber<T>
{
    public static bool IsWide => true;

    public static T Do(T a) => -a;

    public static Vector512<T> Wide(Vector512<T> a) => -a;
}

/// <summary>The magnitude; the least integer is its own.</summary>
internal readonly struct Absolute<T> : IUnary<T> where T : unmanaged, INumber<T>
{
    public static T Do(T a) => typeof(T) == typeof(float) || typeof(T) == typeof(double) ? T.Abs(a) : T.IsNegative(a) ? -a : a;
}

/// <summary>|a − b| + c.</summary>
internal readonly struct SumOfDifference<T> : ITernary<T> where T : unmanaged, INumber<T>
{
    public static T Do(T a, T b, T c) => c + (a < b ? b - a : a - b);
}

internal readonly struct Copy<T> : IUnary<T> where T : unmanaged
{
    public static bool IsWide => true;

    public static T Do(T a) => a;

    public static Vector512<T> Wide(Vector512<T> a) => a;
}
