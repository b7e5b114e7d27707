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
                var (top, left) = (Math.Max(i, 0), Math.Max(j, 0));
                var best = y.Data + (long)p * s.C;
                var at = indices.Data + (long)p * s.C;
                for (var v = top; v < Math.Min(i + op.Kernel, s.H); v++)
                {
                    for (var u = left; u < Math.Min(j + op.Kernel, s.W); u++)
                    {
                        var row = x.Data + (((long)n * s.H + v) * s.W + u) * s.C;
                        var start = v == top && u == left;
                        for (var c = 0; c < s.C; c++)
                        {
                            if (start || row[c] > best[c] || T.IsNaN(row[c]))
                                (best[c], at[c]) = (row[c], v * s.W + u);
                        }
                    }
                }
            }
        }, grain: 16);
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
