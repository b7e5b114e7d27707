using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    public Kernel CrossConv2d(CrossConv2d op, Node node)
    {
        var x = Tensor(node.Inputs[0]);
        return Cross(node, x, x, _memory.Operand(node.Inputs[1]), _memory.Operand(node.Inputs[3]),
            Tensor(node.Outputs[0]), Tensor(node.Outputs[1]), Tensor(node.Inputs[2]), Tensor(node.Inputs[4]));
    }

    public Kernel CrossConv2dInputGradient(CrossConv2dInputGradient op, Node node)
    {
        var dx = Tensor(node.Outputs[0]);
        return Cross(node, Tensor(node.Inputs[0]), Tensor(node.Inputs[1]),
            _memory.Operand(node.Inputs[2]), _memory.Operand(node.Inputs[3]), dx, dx);
    }

    public Kernel CrossConv2dWeightGradient(CrossConv2dWeightGradient op, Node node)
    {
        var x = Tensor(node.Inputs[0]);
        return Cross(node, x, x, Tensor(node.Outputs[0]), Tensor(node.Outputs[1]),
            Tensor(node.Inputs[1]), Tensor(node.Inputs[2]));
    }

    public Kernel CrossSumConv2d(CrossSumConv2d op, Node node)
    {
        // The k×1 kernel reads what the 1×k kernel made, and the other way round.
        var y = Tensor(node.Outputs[0]);
        return Cross(node, Tensor(node.Inputs[3]), Tensor(node.Inputs[0]),
            _memory.Operand(node.Inputs[4]), _memory.Operand(node.Inputs[1]), y, y, Tensor(node.Inputs[5]), Tensor(node.Inputs[2]));
    }

    public Kernel CrossSumConv2dInputGradient(CrossSumConv2dInputGradient op, Node node)
    {
        var dy = Tensor(node.Inputs[0]);
        return Cross(node, dy, dy, _memory.Operand(node.Inputs[2]), _memory.Operand(node.Inputs[1]),
            Tensor(node.Outputs[1]), Tensor(node.Outputs[0]));
    }

    public Kernel CrossSumConv2dWeightGradient(CrossSumConv2dWeightGradient op, Node node)
    {
        var dy = Tensor(node.Inputs[2]);
        return Cross(node, Tensor(node.Inputs[1]), Tensor(node.Inputs[0]),
            Tensor(node.Outputs[1]), Tensor(node.Outputs[0]), dy, dy);
    }

    /// <summary>A pair of convolutions by the implementation chosen for it.</summary>
    private Kernel Cross(Node node, CudaTensor rowSource, CudaTensor columnSource, CudaTensor rowWeight, CudaTensor columnWeight, CudaTensor rowTarget,
        CudaTensor columnTarget, CudaTensor? rowBias = null, CudaTensor? columnBias = null)
    {
        var problem = CrossProblem.Of(node, _precision)!;
        return Bound(_device.Convolutions.Choose<CrossTensors, CrossImplementation>(problem, CrossImplementation.All(_device, problem)),
            new CrossTensors(rowSource.Address, columnSource.Address, rowWeight.Address, columnWeight.Address, rowBias?.Address ?? 0, columnBias?.Address ?? 0,
                rowTarget.Address, columnTarget.Address));
    }
}
