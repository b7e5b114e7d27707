using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel Fill(Fill op, Node node)
    {
        var (y, constant) = (Real(node.Outputs[0]), Number(op.Constant));
        return () => y.Span.Fill(constant);
    }
}
