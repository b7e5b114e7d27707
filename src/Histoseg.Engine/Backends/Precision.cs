namespace Histoseg.Engine.Backends;

/// <summary>
/// The number type of activations on a GPU and how its convolutions multiply. Parameters, their gradients, statistics and sums are float32 in each.
/// </summary>
public enum Precision
{
    /// <summary>bfloat16 activations and convolution operands, float32 sums: the default.</summary>
    Bf16,
    /// <summary>float32 activations; convolutions, but for those of the GICN, multiply in tf32 (10 bits of mantissa) and add in float32.</summary>
    Tf32,
    /// <summary>float32 throughout.</summary>
    Fp32,
}
