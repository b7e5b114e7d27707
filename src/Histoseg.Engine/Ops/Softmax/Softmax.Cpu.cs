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
            if (channels == 2)
                for (long p = first; p < past; p++)
                    SoftmaxPair(x.Data + p * 2, y.Data + p * 2);
            else
                for (long p = first; p < past; p++)
                    SoftmaxPixel(x.Data + p * channels, y.Data + p * channels, channels);
        }, grain: 64);
    }

    /// <summary>The same bits as <see cref="SoftmaxPixel"/> gives, with one exponential less.</summary>
    private static void SoftmaxPair(T* x, T* y)
    {
        var difference = x[1] - x[0];
        var smaller = T.Exp(-T.Abs(difference));
        var inverse = T.One / (T.One + smaller);
        (y[0], y[1]) = difference > T.Zero ? (smaller * inverse, inverse) : (inverse, smaller * inverse);
    }

    /// <summary>Softmax of one pixel.</summary>
    /// <returns>The largest number and the sum of exponentials relative to it.</returns>
    private static (T Largest, T Sum) SoftmaxPixel(T* x, T* y, int channels)
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
        return (largest, sum);
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
