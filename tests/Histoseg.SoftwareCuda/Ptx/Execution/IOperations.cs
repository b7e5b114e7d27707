using System.Runtime.Intrinsics;

namespace Histoseg.SoftwareCuda.Ptx.Execution;

/// <summary>An operation on one number; <see cref="Wide"/> is the same for a vector and is used where <see cref="IsWide"/>.</summary>
internal interface IUnary<T> where T : unmanaged
{
    static virtual bool IsWide => false;

    static abstract T Do(T a);

    static virtual Vector512<T> Wide(Vector512<T> a) => throw new NotSupportedException();
}

/// <summary>An operation on two numbers.</summary>
internal interface IBinary<T> where T : unmanaged
{
    static virtual bool IsWide => false;

    static abstract T Do(T a, T b);

    static virtual Vector512<T> Wide(Vector512<T> a, Vector512<T> b) => throw new NotSupportedException();
}

/// <summary>An operation on three numbers.</summary>
internal interface ITernary<T> where T : unmanaged
{
    static virtual bool IsWide => false;

    static abstract T Do(T a, T b, T c);

    static virtual Vector512<T> Wide(Vector512<T> a, Vector512<T> b, Vector512<T> c) => throw new NotSupportedException();
}

/// <summary>A shift; counts of the type's bits and more are allowed.</summary>
internal interface IShift<T> where T : unmanaged
{
    static abstract T Do(T a, uint count);

    static abstract Vector512<T> Wide(Vector512<T> a, int count);
}

/// <summary>A function from one type to another.</summary>
internal interface IMap<T, TD>
{
    static abstract TD Do(T a);
}

/// <summary>A comparison; the vector form gives all ones where it holds.</summary>
internal interface ICompare<T> where T : unmanaged
{
    static abstract bool Do(T a, T b);

    static abstract Vector512<T> Wide(Vector512<T> a, Vector512<T> b);
}
