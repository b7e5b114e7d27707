using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel Concat(Concat op, Node node)
    {
        Buffer<T>[] parts = [.. node.Inputs.Select(Real)];
        var y = Real(node.Outputs[0]);
        return ForRange(y.Shape.Pixels, (first, past) =>
        {
            var offset = 0;
            foreach (var x in parts)
            {
                CopyChannels(x.Data, x.Shape.C, y.Data + offset, y.Shape.C, x.Shape.C, first, past);
                offset += x.Shape.C;
            }
        }, grain: 64);
    }

    public Kernel ChannelSlice(ChannelSlice op, Node node)
    {
        var (x, y) = (Real(node.Inputs[0]), Real(node.Outputs[0]));
        return ForRange(y.Shape.Pixels,
            (first, past) => CopyChannels(x.Data + op.First, x.Shape.C, y.Data, y.Shape.C, op.Count, first, past), grain: 64);
    }

    /// <summary>Copies <paramref name="channels"/> channels of pixels first … past − 1 between tensors of different channel counts.</summary>
    private static void CopyChannels(T* source, int sourceStride, T* target, int targetStride, int channels, int first, int past)
    {
        for (long p = first; p < past; p++)
            new ReadOnlySpan<T>(source + p * sourceStride, channels).CopyTo(new Span<T>(target + p * targetStride, channels));
    }
}
