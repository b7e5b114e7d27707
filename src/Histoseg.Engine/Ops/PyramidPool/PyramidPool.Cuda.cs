using System.Runtime.InteropServices;
using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;

namespace Histoseg.Engine.Backends.Cuda;

internal sealed partial class CudaKernels
{
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct PyramidMean(ulong Address, long ImageStride, int Row, int PastRow, int Column, int PastColumn, float Scale);

    public Kernel PyramidPool(PyramidPool op, Node node)
    {
        var x = Tensor(node.Inputs[0]);
        var s = x.Shape;
        var rows = PoolSegments.Of(s.H, [.. op.Levels.Select(l => l.Rows)], coveredOnly: true);
        var columns = PoolSegments.Of(s.W, [.. op.Levels.Select(l => l.Columns)], coveredOnly: true);
        var cells = WindowSums("pyramid_pool", "pyramid_pool_cells", x, null, Cells(rows), Cells(columns));
        var means = new List<PyramidMean>();
        foreach (var (level, output) in op.Levels.Zip(node.Outputs))
        {
            var y = Tensor(output);
            var pixelBytes = (ulong)(y.Bytes / y.Shape.Pixels);
            for (var i = 0; i < level.Rows.Output; i++)
            {
                for (var j = 0; j < level.Columns.Output; j++)
                {
                    var (top, bottom, left, right) = (level.Rows.First(i), level.Rows.Past(i), level.Columns.First(j), level.Columns.Past(j));
                    var ((row, pastRow), (column, pastColumn)) = (rows.Within(top, bottom), columns.Within(left, right));
                    means.Add(new(y.Address + (ulong)(i * level.Columns.Output + j) * pixelBytes, (long)level.Rows.Output * level.Columns.Output * s.C,
                        row, pastRow, column, pastColumn, (float)(1.0 / ((double)(bottom - top) * (right - left)))));
                }
            }
        }
        var tiles = ChannelTiles.For(x);
        return Sequence(cells, Launch("pyramid_pool", $"pyramid_pool_means_{tiles.Suffix}", tiles.GridOver((long)means.Count * s.N), tiles.Block, 0,
            _memory.NeedWorkspace(0), _memory.Table<PyramidMean>(means.ToArray()), means.Count, rows.Count, columns.Count, s.C, s.N));
    }

    public Kernel PyramidPoolGradient(PyramidPoolGradient op, Node node) =>
        PoolGradient("pyramid_pool", "pyramid_pool_gradient",
            [.. op.Levels.Select((l, i) => new PoolLevel(Tensor(node.Inputs[i]), l.Rows, l.Columns))],
            Tensor(node.Outputs[0]));

    private static WeightedWindow[] Cells(PoolSegments axis)
    {
        var result = new WeightedWindow[axis.Count];
        for (var i = 0; i < result.Length; i++)
        {
            var (first, past) = axis.Segments[i];
            var ones = new float[past - first];
            Array.Fill(ones, 1f);
            result[i] = new(first, ones);
        }
        return result;
    }
}
