using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Export.Graph;

namespace Histoseg.Export.Translation;

/// <summary>Translations of what changes a map's size by interpolation.</summary>
internal static class Resampling
{
    /// <summary>
    /// Where the enlargement is a whole number, the number is written and not the size, so that the graph takes maps of any size. Other sizes are matrices,
    /// since a batch of any number has no size to write.
    /// </summary>
    public static void BilinearResize(GraphBuilder graph, Node node, BilinearResize op)
    {
        var (shape, x, y) = (node.Inputs[0].Shape, graph[node.Inputs[0]], graph[node.Outputs[0]]);
        if (op.Height % shape.H == 0 && op.Width % shape.W == 0)
            graph.Add("Resize", [x, "", graph.Constant($"{y}/scales", [1, 1, op.Height / shape.H, op.Width / shape.W], 4)], [y],
                Attributes.Text("mode", "linear"), Attributes.Text("coordinate_transformation_mode", "half_pixel"));
        else
            AxisMaps.Add(graph, x, y, Shares(shape.H, op.Height), (shape.H, op.Height), Shares(shape.W, op.Width), (shape.W, op.Width));
    }

    /// <summary>The matrix of what each pixel along an axis has of those it lies between, input × output.</summary>
    private static float[] Shares(int input, int output)
    {
        var matrix = new float[input * output];
        foreach (var (i, tap) in LinearTap.Of(input, output).Index())
        {
            matrix[tap.Low * output + i] += (float)(1 - tap.Weight);
            matrix[tap.High * output + i] += (float)tap.Weight;
        }
        return matrix;
    }
}
