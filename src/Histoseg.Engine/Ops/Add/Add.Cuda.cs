using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel Add(Add op, Node node)
    {
        var (a, b, y) = (Tensor(node.Inputs[0]), Tensor(node.Inputs[1]), Tensor(node.Outputs[0]));
        return LaunchOverPacks("elementwise", $"add_{y.Suffix}", y, a, b, y, y.Count);
    }
}
