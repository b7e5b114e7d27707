using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    /// <summary>For each source position, the output positions that read it and with what weight.</summary>
    private static (int Output, T Weight)[][] Readers(int input, int output)
    {
        var readers = Enumerable.Range(0, input).Select(_ => new List<(int, T)>()).ToArray();
        var taps = LinearTap.Of(input, output);
        for (var i = 0; i < output; i++)
        {
            readers[taps[i].Low].Add((i, T.One - Number(taps[i].Weight)));
            readers[taps[i].High].Add((i, Number(taps[i].Weight)));
        }
        return [.. readers.Select(r => r.ToArray())];
    }

    public Kernel BilinearResize(BilinearResize op, Node node)
    {
        var (x, y) = (Real(node.Inputs[0]), Real(node.Outputs[0]));
        var (s, o) = (x.Shape, y.Shape);
        var (rows, columns) = (LinearTap.Of(s.H, o.H), LinearTap.Of(s.W, o.W));
        var rights = Array.ConvertAll(columns, column => Number(column.Weight));
        return ForRange((long)o.N * o.H, (first, past) =>
        {
            for (var r = first; r < past; r++)
            {
                var row = rows[r % o.H];
                var image = x.Data + (long)(r / o.H) * s.H * s.W * s.C;
                var top = image + (long)row.Low * s.W * s.C;
                var bottom = image + (long)row.High * s.W * s.C;
                var pixel = y.Data + (long)r * o.W * s.C;
                var lower = Number(row.Weight);
                for (var i = 0; i < o.W; i++, pixel += s.C)
                {
                    var (left, right) = (columns[i].Low * s.C, columns[i].High * s.C);
                    Between(top + left, top + right, bottom + left, bottom + right, lower, rights[i], pixel, s.C);
                }
            }
        });
    }

    /// <summary>Interpolates between the channels of four pixels.</summary>
    private static void Between(T* a, T* b, T* c, T* d, T lower, T right, T* to, int count)
    {
        var (upper, left) = (T.One - lower, T.One - right);
        var (wa, wb, wc, wd) = (upper * left, upper * right, lower * left, lower * right);
        var i = 0;
        for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            (Vector.Load(a + i) * wa + Vector.Load(b + i) * wb + Vector.Load(c + i) * wc + Vector.Load(d + i) * wd).Store(to + i);
        for (; i < count; i++)
            to[i] = a[i] * wa + b[i] * wb + c[i] * wc + d[i] * wd;
    }

    public Kernel BilinearResizeGradient(BilinearResizeGradient op, Node node)
    {
        var (dy, dx) = (Real(node.Inputs[0]), Real(node.Outputs[0]));
        var (s, o) = (dx.Shape, dy.Shape);
        var (rows, columns) = (Readers(s.H, o.H), Readers(s.W, o.W));
        return ForRange(s.Pixels, (first, past) =>
        {
            for (var p = first; p < past; p++)
            {
                var image = dy.Data + (long)(p / (s.H * s.W)) * o.H * o.W * s.C;
                var sum = dx.Data + (long)p * s.C;
                new Span<T>(sum, s.C).Clear();
                foreach (var (i, rowWeight) in rows[p / s.W % s.H])
                    foreach (var (j, columnWeight) in columns[p % s.W])
                        AddScaled(sum, image + ((long)i * o.W + j) * s.C, rowWeight * columnWeight, s.C);
            }
        });
    }
}
