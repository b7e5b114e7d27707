using Histoseg.Engine.Autograd;
using Histoseg.Engine.Backends.Cuda.Convolution;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel ProjectedConvTranspose2d(ProjectedConvTranspose2d op, Node node)
    {
        var (x, y, map, at) = (Tensor(node.Inputs[0]), Tensor(node.Outputs[0]), Tensor(node.Outputs[1]), op.ProjectionAt);
        var first = Convolution(new(ConvolutionKind.Transposed, op.Window, x.Shape, map.Shape, _precision, op.HasBias, Relu: op.Relu),
            new(x.Address, _memory.Operand(node.Inputs[1]).Address, map.Address, op.HasBias ? Tensor(node.Inputs[2]).Address : 0));
        var second = Convolution(new(ConvolutionKind.Forward, ConvWindow.Square(1), map.Shape, y.Shape, _precision, op.HasProjectionBias, op.HasSum),
            new(map.Address, _memory.Operand(node.Inputs[at]).Address, y.Address, op.HasProjectionBias ? Tensor(node.Inputs[at + 1]).Address : 0,
                op.HasSum ? Tensor(node.Inputs[^1]).Address : 0));
        return () =>
        {
            first();
            second();
        };
    }
}
