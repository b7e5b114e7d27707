using System.Numerics;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel AveragePool(AveragePool op, Node node)
    {
        var (x, y) = (Real(node.Inputs[0]), Real(node.Outputs[0]));
        return ForRange(y.Shape.Pixels, (first, past) =>
        {
            for (var p = first; p < past; p++)
                Mean(x, y, op.Rows, op.Columns, p);
        });
    }

    /// <summary>Pixel <paramref name="p"/> of y ← the mean of x over its window.</summary>
    private static void Mean(Buffer<T> x, Buffer<T> y, PoolWindows rows, PoolWindows columns, int p)
    {
        var (s, o) = (x.Shape, y.Shape);
        var (n, i, j) = (p / (o.H * o.W), p / o.W % o.H, p % o.W);
        var (y0, y1, x0, x1) = (rows.First(i), rows.Past(i), columns.First(j), columns.Past(j));
        var mean = y.Data + (long)p * s.C;
        new Span<T>(mean, s.C).Clear();
        var inverse = Number(1.0 / ((y1 - y0) * (double)(x1 - x0)));
        for (var v = y0; v < y1; v++)
            for (var u = x0; u < x1; u++)
                AddScaled(mean, x.Data + (((long)n * s.H + v) * s.W + u) * s.C, inverse, s.C);
    }

    public Kernel AveragePoolGradient(AveragePoolGradient op, Node node)
    {
        var (dy, dx) = (Real(node.Inputs[0]), Real(node.Outputs[0]));
        var (rows, columns) = (Holders(op.Rows), Holders(op.Columns));
        return ForRange(dx.Shape.Pixels, (first, past) =>
        {
            for (var p = first; p < past; p++)
            {
                new Span<T>(dx.Data + (long)p * dx.Shape.C, dx.Shape.C).Clear();
                AddMeanGradient(dy, dx, op.Rows, op.Columns, rows, columns, p);
            }
        }, grain: 64);
    }

    /// <summary>Adds to pixel <paramref name="p"/> of dx its share of the gradients of the windows that hold it.</summary>
    private static void AddMeanGradient(Buffer<T> dy, Buffer<T> dx, PoolWindows rows, PoolWindows columns,
        (int First, int Past)[] rowHolders, (int First, int Past)[] columnHolders, int p)
    {
        var (s, o) = (dx.Shape, dy.Shape);
        var (n, v, u) = (p / (s.H * s.W), p / s.W % s.H, p % s.W);
        var sum = dx.Data + (long)p * s.C;
        for (var i = rowHolders[v].First; i < rowHolders[v].Past; i++)
        {
            for (var j = columnHolders[u].First; j < columnHolders[u].Past; j++)
            {
                var area = (double)(rows.Past(i) - rows.First(i)) * (columns.Past(j) - columns.First(j));
                AddScaled(sum, dy.Data + (((long)n * o.H + i) * o.W + j) * s.C, Number(1 / area), s.C);
            }
        }
    }

    /// <summary>For each input position, the windows that hold it: First ≤ i &lt; Past, none when First = Past.</summary>
    private static (int First, int Past)[] Holders(PoolWindows windows)
    {
        var holders = new (int First, int Past)[windows.Input];
        for (var i = windows.Output - 1; i >= 0; i--)
            for (var at = windows.First(i); at < windows.Past(i); at++)
                holders[at] = (i, Math.Max(holders[at].Past, i + 1));
        return holders;
    }

    /// <summary>y ← y + factor·x over <paramref name="count"/> elements.</summary>
    private static void AddScaled(T* y, T* x, T factor, int count)
    {
        var i = 0;
        var f = new Vector<T>(factor);
        for (; i <= count - Vector<T>.Count; i += Vector<T>.Count)
            (Vector.Load(y + i) + f * Vector.Load(x + i)).Store(y + i);
        for (; i < count; i++)
            y[i] += factor * x[i];
    }
}
