using System.Globalization;
using System.Text;

namespace Histoseg.Slides.Output.Polygons;

/// <summary>A table of the regions: <c>region,class,area_um2,perimeter_um,centroid_x,centroid_y,holes,mean_probability</c>.</summary>
/// <remarks>Centroids are level-0 pixels from the slide's own corner. Without a known scale, areas and perimeters are level-0 pixels.</remarks>
internal sealed class RegionTable(PolygonSettings settings) : IPolygonFormat
{
    /// <inheritdoc/>
    public void Begin(WholeFile file) =>
        Append(file, ["region", "class", "area_um2", "perimeter_um", "centroid_x", "centroid_y", "holes", "mean_probability"]);

    /// <inheritdoc/>
    public void Add(WholeFile file, TracedPolygon polygon)
    {
        var shape = polygon.ToGeometry();
        var centre = shape.Centroid;
        var mpp = settings.MicronsPerPixel ?? 1;
        Append(file,
        [
            Text(polygon.Number + 1, "0"), settings.ClassNames[polygon.Label],
            Text(polygon.Pixels * Math.Pow(settings.Downsample * mpp, 2), "0.##"), Text(shape.Length * mpp, "0.##"),
            Text(centre.X, "0.##"), Text(centre.Y, "0.##"), Text(shape.NumInteriorRings, "0"),
            polygon.MeanForeground is { } mean ? Text(mean, "0.####") : "",
        ]);
    }

    /// <inheritdoc/>
    public void End(WholeFile file, PolygonBudget kept, PolygonsLeftOut? leftOut) => file.Complete();

    private static void Append(WholeFile file, IReadOnlyList<string> fields) => file.Append(Encoding.UTF8.GetBytes(CsvText.Of(fields, [])));

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
