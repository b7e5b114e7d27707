using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    private const int ElementwiseGrain = 4096;

    public Kernel Relu(Relu op, Node node)
    {
        var (x, y) = (Real(node.Inputs[0]), Real(node.Outputs[0]));
        return ForRange(y.Length, (first, past) =>
        {
            var i = first;
            for (; i <= past - Vector<T>.Count; i += Vector<T>.Count)
                Vector.Max(Vector.Load(x.Data + i), Vector<T>.Zero).Store(y.Data + i);
            for (; i < past; i++)
                y.Data[i] = T.Max(x.Data[i], T.Zero);
        }, ElementwiseGrain);
    }

    public Kernel ReluGradient(ReluGradient op, Node node)
    {
        var (dy, y, dx) = (Real(node.Inputs[0]), Real(node.Inputs[1]), Real(node.Outputs[0]));
        return ForRange(y.Length, (first, past) =>
        {
            var i = first;
            for (; i <= past - Vector<T>.Count; i += Vector<T>.Count)
                Vector.ConditionalSelect(Vector.GreaterThan(Vector.Load(y.Data + i), Vector<T>.Zero),
                    Vector.Load(dy.Data + i), Vector<T>.Zero).Store(dx.Data + i);
            for (; i < past; i++)
                dx.Data[i] = y.Data[i] > T.Zero ? dy.Data[i] : T.Zero;
        }, ElementwiseGrain);
    }
}
