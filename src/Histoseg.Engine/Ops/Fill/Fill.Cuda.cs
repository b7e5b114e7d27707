using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel Fill(Fill op, Node node)
    {
        var y = Tensor(node.Outputs[0]);
        return LaunchOverPacks("elementwise", $"fill_{y.Suffix}", y, y, (float)op.Constant, y.Count);
    }
}
