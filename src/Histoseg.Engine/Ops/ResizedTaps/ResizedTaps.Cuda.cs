using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel ResizedTaps(ResizedTaps op, Node node)
    {
        var (x, y, w) = (Tensor(node.Inputs[0]), Tensor(node.Outputs[0]), op.Window);
        var tiles = ChannelTiles.For(y);
        return Launch("bilinear", $"resized_taps_{tiles.Suffix}", tiles.GridOver(y.Shape.Pixels), tiles.Block, 0,
            x, op.HasSum ? Tensor(node.Inputs[1]) : null, Taps(x.Shape.H, op.MapHeight), Taps(x.Shape.W, op.MapWidth), y,
            x.Shape.H, x.Shape.W, op.MapHeight, op.MapWidth, y.Shape.H, y.Shape.W, y.Shape.C, checked((int)y.Shape.Pixels),
            w.KernelH, w.KernelW, w.StrideH, w.StrideW, w.PadH, w.PadW, w.DilationH, w.DilationW);
    }
}
