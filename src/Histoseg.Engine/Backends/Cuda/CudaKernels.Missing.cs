using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

// Operations whose kernels are still to come; each line goes when its operation's .Cuda.cs arrives.
internal sealed partial class CudaKernels
{
    private static NotSupportedException Missing(Node node) => new($"{node} has no CUDA kernel yet");

    public Kernel CrossConv2d(CrossConv2d op, Node node) => throw Missing(node);

    public Kernel CrossConv2dInputGradient(CrossConv2dInputGradient op, Node node) => throw Missing(node);

    public Kernel CrossConv2dWeightGradient(CrossConv2dWeightGradient op, Node node) => throw Missing(node);

    public Kernel CrossSumConv2d(CrossSumConv2d op, Node node) => throw Missing(node);

    public Kernel CrossSumConv2dInputGradient(CrossSumConv2dInputGradient op, Node node) => throw Missing(node);

    public Kernel CrossSumConv2dWeightGradient(CrossSumConv2dWeightGradient op, Node node) => throw Missing(node);
}
