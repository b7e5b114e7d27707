using Histoseg.Engine.Tensors;

namespace Histoseg.Engine.Backends.Cuda;

/// <summary>What a device tensor's elements are.</summary>
internal enum CudaElement
{
    Float32,
    BFloat16,
    Int32,
    UInt8,
}

/// <summary>A tensor in device memory.</summary>
/// <param name="Address">Device address, a multiple of <see cref="Autograd.MemoryPlan.Alignment"/>.</param>
/// <param name="Shape">Extents.</param>
/// <param name="Element">Element type.</param>
internal readonly record struct CudaTensor(ulong Address, Shape Shape, CudaElement Element)
{
    public long Count => Shape.Count;

    public long Bytes => Count * BytesOf(Element);

    /// <summary>How kernels for this element type end: <c>add_f32</c>, <c>add_bf16</c>.</summary>
    public string Suffix => Element switch
    {
        CudaElement.Float32 => "f32",
        CudaElement.BFloat16 => "bf16",
        CudaElement.Int32 => "i32",
        _ => "u8",
    };

    public static int BytesOf(CudaElement element) => element switch
    {
        CudaElement.BFloat16 => 2,
        CudaElement.UInt8 => 1,
        _ => 4,
    };
}
