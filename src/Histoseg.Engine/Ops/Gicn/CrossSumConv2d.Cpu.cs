using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel CrossSumConv2d(CrossSumConv2d op, Node node) => Both(
        SameConvolution(ConvWindow.Same(op.K, 1), node.Inputs[0], node.Inputs[1], node.Outputs[0], bias: node.Inputs[2]),
        SameConvolution(ConvWindow.Same(1, op.K), node.Inputs[3], node.Inputs[4], node.Outputs[0], bias: node.Inputs[5], accumulate: true));

    public Kernel CrossSumConv2dInputGradient(CrossSumConv2dInputGradient op, Node node) => Both(
        SameTransposed(ConvWindow.Same(op.K, 1), node.Inputs[0], node.Inputs[1], node.Outputs[0]),
        SameTransposed(ConvWindow.Same(1, op.K), node.Inputs[0], node.Inputs[2], node.Outputs[1]));

    public Kernel CrossSumConv2dWeightGradient(CrossSumConv2dWeightGradient op, Node node) => Both(
        WeightGradient(ConvWindow.Same(op.K, 1), node.Inputs[0], node.Inputs[2], node.Outputs[0]),
        WeightGradient(ConvWindow.Same(1, op.K), node.Inputs[1], node.Inputs[2], node.Outputs[1]));
}
