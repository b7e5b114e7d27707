using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel Fill(Fill op, Node node)
    {
        var y = Tensor(node.Outputs[0]);
        return LaunchOver("elementwise", $"fill_{y.Suffix}", y.Count, y, (float)op.Constant, y.Count);
    }
}
