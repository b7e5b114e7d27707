using Histoseg.Engine.Autograd;
using Histoseg.Engine.Ops;
using Histoseg.Export.Graph;

namespace Histoseg.Export.Translation;

/// <summary>Translations of what changes a map's size by interpolation.</summary>
internal static class Resampling
{
    /// <summary>Where the enlargement is a whole number, the number is written and not the size, so that the graph takes maps of any size.</summary>
    public static void BilinearResize(GraphBuilder graph, Node node, BilinearResize op)
    {
        var (x, y) = (node.Inputs[0].Shape, graph[node.Outputs[0]]);
        string[] target = op.Height % x.H == 0 && op.Width % x.W == 0
            ? ["", graph.Constant($"{y}/scales", [op.Height / x.H, op.Width / x.W], 2)]
            : ["", "", graph.Constant($"{y}/sizes", op.Height, op.Width)];
        graph.Add("Resize", [graph[node.Inputs[0]], .. target], [y],
            Attributes.Text("mode", "linear"), Attributes.Text("coordinate_transformation_mode", "half_pixel"), Attributes.Ints("axes", 2, 3));
    }
}
