using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel ConvTranspose2d(ConvTranspose2d op, Node node) =>
        Convolution(TapGeometry.Transposed(op.Window, node.Inputs[0].Shape, node.Outputs[0].Shape),
            node.Inputs[0], node.Inputs[1], node.Outputs[0], op.HasBias ? node.Inputs[2] : null,
            op.HasResidual ? node.Inputs[^1] : null, op.Relu, weightTransposed: true);
}
