using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel NormalisePixels(NormalisePixels op, Node node)
    {
        var (colours, y) = (Bytes(node.Inputs[0]), Real(node.Outputs[0]));
        var (scale, shift) = (Array.ConvertAll(op.Scale, Number), Array.ConvertAll(op.Shift, Number));
        return ForRange(y.Shape.Pixels, (first, past) =>
        {
            for (var i = (long)first * 3; i < (long)past * 3; i += 3)
                for (var c = 0; c < 3; c++)
                    y.Data[i + c] = T.CreateTruncating(colours.Data[i + c]) * scale[c] + shift[c];
        }, grain: 1024);
    }
}
