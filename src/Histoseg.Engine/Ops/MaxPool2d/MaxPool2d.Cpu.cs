using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel MaxPool2d(MaxPool2d op, Node node)
    {
        var (x, y, indices) = (Real(node.Inputs[0]), Real(node.Outputs[0]), Integers(node.Outputs[1]));
        var (s, o) = (x.Shape, y.Shape);
        return ForRange(o.Pixels, (first, past) =>
        {
            for (var p = first; p < past; p++)
            {
                var (n, i, j) = (p / (o.H * o.W), p / o.W % o.H * op.Stride - op.Padding, p % o.W * op.Stride - op.Padding);
                var window = new Window(Math.Max(i, 0), Math.Min(i + op.Kernel, s.H), Math.Max(j, 0), Math.Min(j + op.Kernel, s.W));
                var image = x.Data + (long)n * s.H * s.W * s.C;
                var best = y.Data + (long)p * s.C;
                var at = indices.Data + (long)p * s.C;
                var c = 0;
                if (typeof(T) == typeof(float))
                    for (; c <= s.C - Vector<float>.Count; c += Vector<float>.Count)
                        Largest((float*)image + c, window, s.W, s.C, (float*)best + c, at + c);
                for (; c < s.C; c++)
                    Largest(image + c, window, s.W, s.C, best + c, at + c);
            }
        }, grain: 16);
    }

    /// <summary>Rows Top … Bottom − 1 and columns Left … Right − 1 of a map.</summary>
    private readonly record struct Window(int Top, int Bottom, int Left, int Right);

    /// <summary>The largest number of one channel of a window, of equals the first, and its place; a NaN is larger than all.</summary>
    private static void Largest(T* channel, Window window, int width, int channels, T* best, int* at)
    {
        var (largest, place) = (channel[((long)window.Top * width + window.Left) * channels], window.Top * width + window.Left);
        for (var v = window.Top; v < window.Bottom; v++)
            for (var u = window.Left; u < window.Right; u++)
                if (channel[((long)v * width + u) * channels] is var number && (number > largest || T.IsNaN(number)))
                    (largest, place) = (number, v * width + u);
        (*best, *at) = (largest, place);
    }

    /// <summary>The same for as many channels as a vector has.</summary>
    private static void Largest(float* channel, Window window, int width, int channels, float* best, int* at)
    {
        var (largest, place) = (Vector.Load(channel + ((long)window.Top * width + window.Left) * channels), new Vector<int>(window.Top * width + window.Left));
        for (var v = window.Top; v < window.Bottom; v++)
            for (var u = window.Left; u < window.Right; u++)
            {
                var numbers = Vector.Load(channel + ((long)v * width + u) * channels);
                var isLarger = Vector.GreaterThan(numbers, largest) | ~Vector.Equals(numbers, numbers);
                largest = Vector.ConditionalSelect(isLarger, numbers, largest);
                place = Vector.ConditionalSelect(isLarger, new Vector<int>(v * width + u), place);
            }
        largest.Store(best);
        place.Store(at);
    }

    public Kernel MaxUnpool2d(MaxUnpool2d op, Node node)
    {
        var (x, indices, y) = (Real(node.Inputs[0]), Integers(node.Inputs[1]), Real(node.Outputs[0]));
        var (s, o) = (x.Shape, y.Shape);
        // One chunk per image and channel block: windows that overlap add to one place, which two threads must not do at once.
        const int block = 16;
        var blocks = (s.C + block - 1) / block;
        Action<int> chunk = i =>
        {
            var (n, first) = (i / blocks, i % blocks * block);
            var past = Math.Min(first + block, s.C);
            var image = y.Data + (long)n * o.H * o.W * o.C;
            for (var p = 0L; p < (long)o.H * o.W; p++)
                new Span<T>(image + p * o.C + first, past - first).Clear();
            for (var p = (long)n * s.H * s.W; p < (n + 1L) * s.H * s.W; p++)
                for (var c = first; c < past; c++)
                    image[(long)indices.Data[p * s.C + c] * o.C + c] += x.Data[p * s.C + c];
        };
        return () => _pool.For(s.N * blocks, chunk);
    }

    public Kernel GatherPlane(GatherPlane op, Node node)
    {
        var (x, indices, y) = (Real(node.Inputs[0]), Integers(node.Inputs[1]), Real(node.Outputs[0]));
        var (s, o) = (x.Shape, y.Shape);
        return ForRange(o.Pixels, (first, past) =>
        {
            for (long p = first; p < past; p++)
            {
                var image = x.Data + p / (o.H * o.W) * s.H * s.W * s.C;
                for (var c = 0; c < o.C; c++)
                    y.Data[p * o.C + c] = image[(long)indices.Data[p * o.C + c] * s.C + c];
            }
        }, grain: 64);
    }
}
