using Histoseg.Export.Graph;

namespace Histoseg.Export.Translation;

/// <summary>What is a matrix along the columns and another along the rows of a map, in operators that other programs read in just this form.</summary>
/// <remarks>OpenCV's DNN multiplies by a constant matrix on the right only, so rows become columns for their turn.</remarks>
internal static class AxisMaps
{
    /// <summary>Adds the nodes for (N, C, H, W) → (N, C, rows, columns).</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="x">The map's name.</param>
    /// <param name="y">The result's.</param>
    /// <param name="rows">The rows' matrix, input × output.</param>
    /// <param name="rowSizes">Its sizes.</param>
    /// <param name="columns">The columns' matrix, likewise.</param>
    /// <param name="columnSizes">Its sizes.</param>
    public static void Add(GraphBuilder graph, string x, string y, float[] rows, (int Input, int Output) rowSizes, float[] columns,
        (int Input, int Output) columnSizes)
    {
        graph.Add("MatMul", [x, graph.Constant($"{y}/columns", columns, columnSizes.Input, columnSizes.Output)], [$"{y}/strips"]);
        graph.Add("Transpose", [$"{y}/strips"], [$"{y}/turned"], Attributes.Ints("perm", 0, 1, 3, 2));
        graph.Add("MatMul", [$"{y}/turned", graph.Constant($"{y}/rows", rows, rowSizes.Input, rowSizes.Output)], [$"{y}/done"]);
        graph.Add("Transpose", [$"{y}/done"], [y], Attributes.Ints("perm", 0, 1, 3, 2));
    }
}
