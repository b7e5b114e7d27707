using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel ResizedTaps(ResizedTaps op, Node node)
    {
        var (x, y) = (Real(node.Inputs[0]), Real(node.Outputs[0]));
        var sum = op.HasSum ? Real(node.Inputs[1]).Data : null;
        var (s, o, window) = (x.Shape, y.Shape, op.Window);
        var (rows, columns) = (LinearTap.Of(s.H, op.MapHeight), LinearTap.Of(s.W, op.MapWidth));
        // A row of the small map between its rows, as each row of the output reads it: [column][tap of a kernel row][output channel].
        var lineFloats = s.W * window.KernelW * o.C;
        _memory.NeedScratch((long)_pool.Threads * lineFloats * sizeof(T));
        return ForRange((long)o.N * o.H, (first, past) =>
        {
            var line = (T*)_memory.Scratch + (long)WorkerPool.Worker * lineFloats;
            for (var row = first; row < past; row++)
            {
                var to = y.Data + (long)row * o.W * o.C;
                var image = x.Data + (long)(row / o.H) * s.H * s.W * s.C;
                MixRows(image, s, window, rows, row % o.H, line, o.C);
                for (var i = 0; i < o.W; i++)
                    MixColumns(line, window, columns, i, to + (long)i * o.C, sum == null ? null : sum + ((long)row * o.W + i) * o.C, o.C);
            }
        });
    }

    /// <summary>Adds up over the kernel rows that reach output row <paramref name="at"/>, each between two rows of the small map.</summary>
    private static void MixRows(T* image, Tensors.Shape s, ConvWindow window, LinearTap[] rows, int at, T* line, int channels)
    {
        var part = window.KernelW * channels;
        new Span<T>(line, s.W * part).Clear();
        for (var ky = 0; ky < window.KernelH; ky++)
        {
            if (Source(at + window.PadH - ky * window.DilationH, window.StrideH, rows.Length) is not (>= 0 and var row))
                continue;
            var (low, high, weight) = rows[row];
            for (var j = 0; j < s.W; j++)
            {
                AddScaled(line + (long)j * part, image + ((long)low * s.W + j) * s.C + ky * part, Number(1 - weight), part);
                AddScaled(line + (long)j * part, image + ((long)high * s.W + j) * s.C + ky * part, Number(weight), part);
            }
        }
    }

    private static void MixColumns(T* line, ConvWindow window, LinearTap[] columns, int at, T* pixel, T* sum, int channels)
    {
        if (sum == null)
            new Span<T>(pixel, channels).Clear();
        else if (sum != pixel)
            new ReadOnlySpan<T>(sum, channels).CopyTo(new Span<T>(pixel, channels));
        for (var kx = 0; kx < window.KernelW; kx++)
        {
            if (Source(at + window.PadW - kx * window.DilationW, window.StrideW, columns.Length) is not (>= 0 and var column))
                continue;
            var (low, high, weight) = columns[column];
            AddScaled(pixel, line + ((long)low * window.KernelW + kx) * channels, Number(1 - weight), channels);
            AddScaled(pixel, line + ((long)high * window.KernelW + kx) * channels, Number(weight), channels);
        }
    }

    /// <summary>The row or column of the map that a tap reads, or −1.</summary>
    private static int Source(int offset, int stride, int extent) =>
        offset >= 0 && offset % stride == 0 && offset / stride < extent ? offset / stride : -1;
}
