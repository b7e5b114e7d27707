namespace Histoseg.Engine.Tensors;

/// <summary>What a value's elements are.</summary>
public enum ElementType
{
    /// <summary>The number type the backend computes in: float64 or float32 on the CPU.</summary>
    Real,
    /// <summary>32-bit integers: labels and pooling indices.</summary>
    Int32,
}
