using Histoseg.Cuda;
using Histoseg.SoftwareCuda.Ptx.Execution;

namespace Histoseg.SoftwareCuda;

public sealed unsafe partial class SoftwareCudaDriver
{
    /// <inheritdoc/>
    public CudaStatus TensorMapEncodeTiled(void* map, CudaTensorMapType type, uint rank, ulong address, ulong* extents, ulong* strides, uint* box,
        uint* steps, int interleave, CudaTensorMapSwizzle swizzle, CudaTensorMapPromotion promotion, int fill) => Call(nameof(TensorMapEncodeTiled), () =>
    {
        CudaStatus Refuse(string why) => Fault(CudaStatus.InvalidValue, $"TensorMapEncodeTiled: {why}");

        var bytes = type == CudaTensorMapType.BFloat16 ? 2 : 0;
        if (Options.ComputeCapability < 90)
            return Refuse("needs a GPU of compute capability 9.0");
        if (map is null || (ulong)map % 64 != 0)
            return Refuse("the map must lie at a multiple of 64");
        if (bytes == 0 || rank is 0 or > TensorMap.MostRank || interleave != 0 || fill != 0)
            return Refuse($"number type {(int)type}, {rank} dimensions, interleave {interleave} or fill {fill} is not supported");
        if (swizzle is not (CudaTensorMapSwizzle.None or CudaTensorMapSwizzle.Bytes128)
            || promotion is not (CudaTensorMapPromotion.None or CudaTensorMapPromotion.Bytes128))
            return Refuse($"swizzle {(int)swizzle} or promotion {(int)promotion} is not supported");
        if (address % 16 != 0 || address == 0)
            return Refuse($"the address 0x{address:x} is not a multiple of 16");
        var made = TensorMap.Create();
        (made.Address, made.Rank, made.ElementBytes, made.IsSwizzled) = (address, (int)rank, bytes, swizzle == CudaTensorMapSwizzle.Bytes128);
        for (var d = 0; d < rank; d++)
        {
            if (extents[d] is 0 or > 1ul << 32 || box[d] is 0 or > 256 || steps[d] != 1)
                return Refuse($"dimension {d} has {extents[d]} elements, {box[d]} in a box, every {steps[d]}th");
            if (d > 0 && (strides[d - 1] % 16 != 0 || strides[d - 1] >= 1ul << 40))
                return Refuse($"{strides[d - 1]} bytes from one to the next of dimension {d}, which is not a multiple of 16");
            (made.Extent[d], made.Box[d]) = ((uint)extents[d], box[d]);
            if (d > 0)
                made.Stride[d - 1] = strides[d - 1];
        }
        if (box[0] * bytes % 16 != 0 || made.IsSwizzled && box[0] * bytes > 128)
            return Refuse($"a box of {box[0] * bytes} bytes in its first dimension; a multiple of 16 is needed, and at most 128 where they are mixed");
        made.Write(new Span<byte>(map, TensorMap.Bytes));
        return CudaStatus.Success;
    });
}
