using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel ConvTranspose2d(ConvTranspose2d op, Node node)
    {
        var (x, weight, y) = (Tensor(node.Inputs[0]), _memory.Operand(node.Inputs[1]), Tensor(node.Outputs[0]));
        return Convolution(new(ConvolutionKind.Transposed, op.Window, x.Shape, y.Shape, _precision, op.HasBias, op.HasResidual, op.Relu),
            new(x.Address, weight.Address, y.Address, op.HasBias ? Tensor(node.Inputs[2]).Address : 0, op.HasResidual ? Tensor(node.Inputs[^1]).Address : 0));
    }
}
