using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel Add(Add op, Node node)
    {
        var (a, b, y) = (Real(node.Inputs[0]), Real(node.Inputs[1]), Real(node.Outputs[0]));
        return ForRange(y.Length, (first, past) =>
        {
            var i = first;
            for (; i <= past - Vector<T>.Count; i += Vector<T>.Count)
                (Vector.Load(a.Data + i) + Vector.Load(b.Data + i)).Store(y.Data + i);
            for (; i < past; i++)
                y.Data[i] = a.Data[i] + b.Data[i];
        }, ElementwiseGrain);
    }
}
