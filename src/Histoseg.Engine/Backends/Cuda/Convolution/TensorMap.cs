using Histoseg.Cuda;

namespace Histoseg.Engine.Backends.Cuda.Convolution;

/// <summary>A bfloat16 tensor of three dimensions, described for kernels that copy boxes of it into rows of 128 bytes.</summary>
internal static unsafe class TensorMap
{
    private const int Bytes = 128, Alignment = 64, ElementBytes = 2;

    /// <summary>The description, which kernels take by value: in device memory each block would need a fence before it reads one.</summary>
    /// <param name="device">The GPU.</param>
    /// <param name="address">Where the tensor lies.</param>
    /// <param name="extents">Elements in each dimension, the one that lies together first.</param>
    /// <param name="box">Elements of a box in each.</param>
    /// <exception cref="CudaException">The driver refuses.</exception>
    public static KernelArgument Of(CudaDevice device, ulong address, (long First, long Second, long Third) extents,
        (int First, int Second, int Third) box)
    {
        var map = stackalloc byte[Bytes + Alignment];
        map += (Alignment - (nuint)map % Alignment) % Alignment;
        var sizes = stackalloc ulong[] { (ulong)extents.First, (ulong)extents.Second, (ulong)extents.Third };
        var strides = stackalloc ulong[] { (ulong)(extents.First * ElementBytes), (ulong)(extents.First * extents.Second * ElementBytes) };
        var boxes = stackalloc uint[] { (uint)box.First, (uint)box.Second, (uint)box.Third };
        var steps = stackalloc uint[] { 1, 1, 1 };
        device.Driver.TensorMapEncodeTiled(map, CudaTensorMapType.BFloat16, 3, address, sizes, strides, boxes, steps, 0,
            CudaTensorMapSwizzle.Bytes128, CudaTensorMapPromotion.Bytes128, 0).Check("cuTensorMapEncodeTiled");
        return KernelArgument.Of(new ReadOnlySpan<byte>(map, Bytes).ToArray());
    }
}
