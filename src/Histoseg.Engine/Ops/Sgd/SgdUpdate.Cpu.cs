using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel SgdUpdate(SgdUpdate op, Node node)
    {
        var (w, dw, v, rate) = (Real(node.Inputs[0]), Real(node.Inputs[1]), Real(node.Inputs[2]), Real(node.Inputs[3]));
        var (momentum, decay) = (Number(op.Momentum), Number(op.WeightDecay));
        return ForRange(w.Length, (first, past) =>
        {
            var lr = rate.Data[0];
            var i = first;
            for (; i <= past - Vector<T>.Count; i += Vector<T>.Count)
            {
                var weight = Vector.Load(w.Data + i);
                var velocity = momentum * Vector.Load(v.Data + i) + (Vector.Load(dw.Data + i) + decay * weight);
                velocity.Store(v.Data + i);
                (weight - lr * velocity).Store(w.Data + i);
            }
            for (; i < past; i++)
            {
                v.Data[i] = momentum * v.Data[i] + (dw.Data[i] + decay * w.Data[i]);
                w.Data[i] -= lr * v.Data[i];
            }
        }, ElementwiseGrain);
    }
}
