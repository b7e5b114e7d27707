using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cpu;

internal sealed unsafe partial class CpuKernels<T>
{
    public Kernel PyramidPool(PyramidPool op, Node node)
    {
        var x = Real(node.Inputs[0]);
        var means = op.Levels.Zip(node.Outputs, (level, output) => (level, y: Real(output))).ToArray();
        var firsts = new int[means.Length + 1];
        for (var l = 0; l < means.Length; l++)
            firsts[l + 1] = checked(firsts[l] + (int)means[l].y.Shape.Pixels);
        return ForRange(firsts[^1], (first, past) =>
        {
            for (var l = 0; l < means.Length; l++)
                for (var p = Math.Max(first, firsts[l]); p < Math.Min(past, firsts[l + 1]); p++)
                    Mean(x, means[l].y, means[l].level.Rows, means[l].level.Columns, p - firsts[l]);
        });
    }

    public Kernel PyramidPoolGradient(PyramidPoolGradient op, Node node)
    {
        var dx = Real(node.Outputs[0]);
        var levels = op.Levels.Zip(node.Inputs,
            (level, input) => (level, dy: Real(input), rows: Holders(level.Rows), columns: Holders(level.Columns))).ToArray();
        return ForRange(dx.Shape.Pixels, (first, past) =>
        {
            for (var p = first; p < past; p++)
            {
                new Span<T>(dx.Data + (long)p * dx.Shape.C, dx.Shape.C).Clear();
                foreach (var (level, dy, rows, columns) in levels)
                    AddMeanGradient(dy, dx, level.Rows, level.Columns, rows, columns, p);
            }
        }, grain: 64);
    }
}
