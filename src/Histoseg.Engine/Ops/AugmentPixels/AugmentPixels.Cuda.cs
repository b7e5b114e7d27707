using Histoseg.Cuda;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel AugmentPixels(AugmentPixels op, Node node)
    {
        const int tile = 32; // as in kernels/pixels.cu
        var (colours, labels, rows) = (Tensor(node.Inputs[0]), Tensor(node.Inputs[1]), Tensor(node.Inputs[2]));
        var (y, target) = (Tensor(node.Outputs[0]), Tensor(node.Outputs[1]));
        var size = colours.Shape.H;
        var tiles = (uint)((size + tile - 1) / tile);
        var side = tile + 2 * op.Reach;
        return Launch("pixels", "augment_pixels", new Dim3(tiles, tiles, (uint)colours.Shape.N), new Dim3(BlockSize),
            (uint)(side * tile * 3 * sizeof(float) + side * side * 3),
            colours, labels, rows, _memory.Table<float>(op.Density.ToArray()), _memory.Table<byte>(op.Light.ToArray()), op.Light.Count,
            y, target, size, op.Reach);
    }
}
