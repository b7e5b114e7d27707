namespace Histoseg.Engine.Tensors;

/// <summary>What a value's elements are.</summary>
public enum ElementType
{
    /// <summary>Activations: the number type the backend computes in: float64 or float32 on the CPU, float32 or bfloat16 on CUDA.</summary>
    Real,
    /// <summary>
    /// What must not be narrower than float32: parameters and their gradients, statistics, sums, losses. On the CPU the same as <see cref="Real"/>.
    /// </summary>
    Wide,
    /// <summary>32-bit integers: labels and pooling indices.</summary>
    Int32,
    /// <summary>Bytes: the colours of pictures.</summary>
    UInt8,
}

/// <summary>Questions about element types.</summary>
public static class ElementTypes
{
    /// <summary>Whether the elements are floating-point numbers.</summary>
    public static bool IsFloat(this ElementType type) => type is ElementType.Real or ElementType.Wide;
}
