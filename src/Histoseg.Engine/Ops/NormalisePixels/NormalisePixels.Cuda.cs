using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel NormalisePixels(NormalisePixels op, Node node)
    {
        const int pixelsPerThread = 4;
        var (colours, y) = (Tensor(node.Inputs[0]), Tensor(node.Outputs[0]));
        var (scale, shift) = (Array.ConvertAll(op.Scale, v => (float)v), Array.ConvertAll(op.Shift, v => (float)v));
        return LaunchOver("pixels", $"normalise_pixels_{y.Suffix}", y.Shape.Pixels / pixelsPerThread, colours, y, y.Shape.Pixels,
            scale[0], scale[1], scale[2], shift[0], shift[1], shift[2]);
    }
}
