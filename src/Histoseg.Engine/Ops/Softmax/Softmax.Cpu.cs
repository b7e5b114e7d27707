using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel Softmax(Softmax op, Node node)
    {
        var (x, y) = (Real(node.Inputs[0]), Real(node.Outputs[0]));
        var channels = x.Shape.C;
        return ForRange(x.Shape.Pixels, (first, past) =>
        {
            for (long p = first; p < past; p++)
                SoftmaxPixel(x.Data + p * channels, y.Data + p * channels, channels);
        }, grain: 64);
    }

    /// <summary>Softmax of one pixel; returns log Σ exp(x).</summary>
    private static T SoftmaxPixel(T* x, T* y, int channels)
    {
        var largest = x[0];
        for (var c = 1; c < channels; c++)
            largest = T.Max(largest, x[c]);
        var sum = T.Zero;
        for (var c = 0; c < channels; c++)
            sum += y[c] = T.Exp(x[c] - largest);
        var inverse = T.One / sum;
        for (var c = 0; c < channels; c++)
            y[c] *= inverse;
        return largest + T.Log(sum);
    }

    public Kernel SoftmaxGradient(SoftmaxGradient op, Node node)
    {
        var (dy, y, dx) = (Real(node.Inputs[0]), Real(node.Inputs[1]), Real(node.Outputs[0]));
        var channels = y.Shape.C;
        return ForRange(y.Shape.Pixels, (first, past) =>
        {
            for (var i = (long)first * channels; i < (long)past * channels; i += channels)
            {
                var dot = T.Zero;
                for (var c = 0; c < channels; c++)
                    dot += dy.Data[i + c] * y.Data[i + c];
                for (var c = 0; c < channels; c++)
                    dx.Data[i + c] = y.Data[i + c] * (dy.Data[i + c] - dot);
            }
        }, grain: 64);
    }
}
