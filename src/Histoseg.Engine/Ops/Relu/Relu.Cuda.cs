using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel Relu(Relu op, Node node)
    {
        var (x, y) = (Tensor(node.Inputs[0]), Tensor(node.Outputs[0]));
        return LaunchOverPacks("elementwise", $"relu_{y.Suffix}", y, x, y, y.Count);
    }

    public Kernel ReluGradient(ReluGradient op, Node node)
    {
        var (dy, y, dx) = (Tensor(node.Inputs[0]), Tensor(node.Inputs[1]), Tensor(node.Outputs[0]));
        return LaunchOverPacks("elementwise", $"relu_gradient_{y.Suffix}", y, dy, y, dx, y.Count);
    }
}
