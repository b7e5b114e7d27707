using System.Text.Json;

namespace Histoseg.View.BrowserTests;

/// <summary>Annotations of boxes, as GeoJSON.</summary>
internal static class Boxes
{
    /// <summary>A collection of boxes, each of a class.</summary>
    public static string Collection(params (string Name, int Left, int Top, int Right, int Bottom)[] boxes) => JsonSerializer.Serialize(new
    {
        type = "FeatureCollection",
        features = boxes.Select(box => new
        {
            type = "Feature",
            geometry = new
            {
                type = "Polygon",
                coordinates = new[]
                {
                    new[] { (box.Left, box.Top), (box.Right, box.Top), (box.Right, box.Bottom), (box.Left, box.Bottom), (box.Left, box.Top) }
                        .Select(point => new[] { point.Item1, point.Item2 }),
                },
            },
            properties = new { classification = new { name = box.Name } },
        }),
    });
}
