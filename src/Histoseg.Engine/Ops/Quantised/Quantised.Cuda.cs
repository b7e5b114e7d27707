using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel Quantise(Quantise op, Node node) => throw OnProcessorsAlone(op);

    public Kernel QuantisedConvolution(QuantisedConvolution op, Node node) => throw OnProcessorsAlone(op);

    /// <summary>On a GPU a quantised model runs with its weights as real numbers: tensor cores take them as fast as it needs.</summary>
    private static NotSupportedException OnProcessorsAlone(Op op) => new($"{op.Name} runs on processors alone");
}
