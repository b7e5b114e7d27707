using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Export.Graph;

namespace Histoseg.Export.Translation;

/// <summary>Translations of pooling.</summary>
internal static class Pooling
{
    public static void MaxPool2d(GraphBuilder graph, Node node, MaxPool2d op)
    {
        string[] outputs = [.. node.Outputs.Where((value, i) => i == 0 || graph.IsRead(value)).Select(value => graph[value])];
        graph.Add("MaxPool", [graph[node.Inputs[0]]], outputs,
            Attributes.Ints("kernel_shape", op.Kernel, op.Kernel), Attributes.Ints("strides", op.Stride, op.Stride),
            Attributes.Ints("pads", op.Padding, op.Padding, op.Padding, op.Padding));
    }

    /// <summary>ONNX counts the places through the whole tensor, the tape within a plane: both mean the same only for the map that was pooled.</summary>
    public static void MaxUnpool2d(GraphBuilder graph, Node node, MaxUnpool2d op)
    {
        var y = node.Outputs[0].Shape;
        if (graph.MakerOf(node.Inputs[1]) is not { Op: MaxPool2d pool } maker || maker.Inputs[0].Shape != y)
            throw Translator.Untranslatable(node, " unless its places come from the max-pooling of a map of the same size");
        if (pool.Kernel != pool.Stride || pool.Padding > 0 || y.H % pool.Stride != 0 || y.W % pool.Stride != 0)
            throw Translator.Untranslatable(node, " unless the windows lie side by side and cover the map");
        graph.Add("MaxUnpool", [graph[node.Inputs[0]], graph[node.Inputs[1]]], [graph[node.Outputs[0]]],
            Attributes.Ints("kernel_shape", pool.Kernel, pool.Kernel), Attributes.Ints("strides", pool.Stride, pool.Stride));
    }

    public static void AveragePool(GraphBuilder graph, Node node, AveragePool op) => Mean(graph, node.Inputs[0], node.Outputs[0], op.Rows, op.Columns);

    public static void PyramidPool(GraphBuilder graph, Node node, PyramidPool op)
    {
        foreach (var (level, output) in op.Levels.Zip(node.Outputs))
            Mean(graph, node.Inputs[0], output, level.Rows, level.Columns);
    }

    private static void Mean(GraphBuilder graph, Value input, Value output, PoolWindows rows, PoolWindows columns)
    {
        var (x, y) = (graph[input], graph[output]);
        if (rows is { Kernel: 0, Output: 1 } && columns is { Kernel: 0, Output: 1 })
            graph.Add("GlobalAveragePool", [x], [y]);
        else if (rows.Kernel > 0)
            graph.Add("AveragePool", [x], [y], Attributes.Ints("kernel_shape", rows.Kernel, columns.Kernel),
                Attributes.Ints("strides", rows.Stride, columns.Stride));
        else
        {
            // Adaptive windows overlap and differ in length. The mean over a rectangle is that over its rows of that over its columns.
            AxisMaps.Add(graph, x, y, Means(rows), (rows.Input, rows.Output), Means(columns), (columns.Input, columns.Output));
        }
    }

    /// <summary>The matrix that takes means over the windows of an axis, input × output.</summary>
    private static float[] Means(PoolWindows windows)
    {
        var matrix = new float[windows.Output * windows.Input];
        for (var i = 0; i < windows.Output; i++)
            for (var at = windows.First(i); at < windows.Past(i); at++)
                matrix[at * windows.Output + i] = 1f / (windows.Past(i) - windows.First(i));
        return matrix;
    }
}
