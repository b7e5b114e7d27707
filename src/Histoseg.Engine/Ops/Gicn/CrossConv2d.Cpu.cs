using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel CrossConv2d(CrossConv2d op, Node node) => Both(
        SameConvolution(ConvWindow.Same(1, op.K), node.Inputs[0], node.Inputs[1], node.Outputs[0], bias: node.Inputs[2]),
        SameConvolution(ConvWindow.Same(op.K, 1), node.Inputs[0], node.Inputs[3], node.Outputs[1], bias: node.Inputs[4]));

    public Kernel CrossConv2dInputGradient(CrossConv2dInputGradient op, Node node) => Both(
        SameTransposed(ConvWindow.Same(1, op.K), node.Inputs[0], node.Inputs[2], node.Outputs[0]),
        SameTransposed(ConvWindow.Same(op.K, 1), node.Inputs[1], node.Inputs[3], node.Outputs[0], accumulate: true));

    public Kernel CrossConv2dWeightGradient(CrossConv2dWeightGradient op, Node node) => Both(
        WeightGradient(ConvWindow.Same(1, op.K), node.Inputs[0], node.Inputs[1], node.Outputs[0]),
        WeightGradient(ConvWindow.Same(op.K, 1), node.Inputs[0], node.Inputs[2], node.Outputs[1]));

    private Kernel SameConvolution(ConvWindow window, Value x, Value weight, Value y, Value bias, bool accumulate = false) =>
        Convolution(TapGeometry.Convolution(window, x.Shape, y.Shape), x, weight, y, bias, accumulate: accumulate);

    private Kernel SameTransposed(ConvWindow window, Value dy, Value weight, Value dx, bool accumulate = false) =>
        Convolution(TapGeometry.Transposed(window, dy.Shape, dx.Shape), dy, weight, dx, weightTransposed: true, accumulate: accumulate);

    private static Kernel Both(Kernel first, Kernel second) => () =>
    {
        first();
        second();
    };
}
