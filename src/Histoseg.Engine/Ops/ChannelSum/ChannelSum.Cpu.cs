using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

/// <summary>Adds a block of pixels [first, past) to the sums, one or more per channel.</summary>
internal unsafe delegate void ChannelReducer<T>(long first, long past, T* sums) where T : unmanaged;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel ChannelSum(ChannelSum op, Node node)
    {
        var (x, y) = (Real(node.Inputs[0]), Real(node.Outputs[0]));
        var channels = x.Shape.C;
        return ReduceChannels(x.Shape.Pixels, channels, (first, past, sums) =>
        {
            for (var p = first; p < past; p++)
            {
                var row = x.Data + p * channels;
                var c = 0;
                for (; c <= channels - Vector<T>.Count; c += Vector<T>.Count)
                    (Vector.Load(sums + c) + Vector.Load(row + c)).Store(sums + c);
                for (; c < channels; c++)
                    sums[c] += row[c];
            }
        }, total =>
        {
            for (var c = 0; c < channels; c++)
                y.Data[c] = Number(total[c]);
        });
    }

    /// <summary>
    /// Sums over pixels in a fixed order: <paramref name="reduce"/> adds short runs of pixels in T, runs and chunks are added in double,
    /// so the result depends neither on the number of threads nor, much, on the number of pixels.
    /// </summary>
    /// <param name="pixels">Pixels to sum over.</param>
    /// <param name="width">Sums wanted.</param>
    /// <param name="reduce">Adds one run of pixels to sums that start at zero.</param>
    /// <param name="finish">Receives the totals.</param>
    private Kernel ReduceChannels(long pixels, int width, ChannelReducer<T> reduce, Action<double[]> finish)
    {
        const int run = 256;
        var chunks = (int)Math.Clamp(pixels / run, 1, Chunks);
        var partial = new double[chunks][];
        for (var i = 0; i < chunks; i++)
            partial[i] = new double[width];
        var runSums = new T[chunks][];
        for (var i = 0; i < chunks; i++)
            runSums[i] = new T[width];
        var total = new double[width];
        Action<int> chunk = i =>
        {
            var (sums, into) = (runSums[i], partial[i]);
            Array.Clear(into);
            var past = pixels * (i + 1) / chunks;
            fixed (T* s = sums)
            {
                for (var first = pixels * i / chunks; first < past; first += run)
                {
                    Array.Clear(sums);
                    reduce(first, Math.Min(past, first + run), s);
                    for (var c = 0; c < into.Length; c++)
                        into[c] += double.CreateChecked(s[c]);
                }
            }
        };
        return () =>
        {
            _pool.For(chunks, chunk);
            Array.Clear(total);
            foreach (var sums in partial)
                for (var c = 0; c < total.Length; c++)
                    total[c] += sums[c];
            finish(total);
        };
    }
}
