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
        return ForRange(o.Pixels, (first, past) =>
        {
            for (var p = first; p < past; p++)
            {
                var image = x.Data + (long)(p / (o.H * o.W)) * s.H * s.W * s.C;
                var (row, column) = (rows[p / o.W % o.H], columns[p % o.W]);
                var pixel = y.Data + (long)p * s.C;
                new Span<T>(pixel, s.C).Clear();
                var top = image + (long)row.Low * s.W * s.C;
                var bottom = image + (long)row.High * s.W * s.C;
                var (lower, right) = (Number(row.Weight), Number(column.Weight));
                var (upper, left) = (T.One - lower, T.One - right);
                AddScaled(pixel, top + (long)column.Low * s.C, upper * left, s.C);
                AddScaled(pixel, top + (long)column.High * s.C, upper * right, s.C);
                AddScaled(pixel, bottom + (long)column.Low * s.C, lower * left, s.C);
                AddScaled(pixel, bottom + (long)column.High * s.C, lower * right, s.C);
            }
        }, grain: 64);
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
