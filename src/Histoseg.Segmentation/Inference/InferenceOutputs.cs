namespace Histoseg.Segmentation.Inference;

/// <summary>The kinds of files written per slide.</summary>
[Flags]
public enum InferenceOutputs
{
    /// <summary>Nothing.</summary>
    None = 0,
    /// <summary>The label map, <c>segmentations/&lt;slide&gt;.tif</c>.</summary>
    Mask = 1,
    /// <summary>Outlines for QuPath, <c>model-outputs-geojson/&lt;slide&gt;.geojson</c>.</summary>
    GeoJson = 2,
    /// <summary>1 − probability of the background as grey, <c>heatmaps/&lt;slide&gt;.tif</c>.</summary>
    Heatmap = 4,
    /// <summary>mm² per class, <c>model-outputs-csv/&lt;slide&gt;.csv</c>.</summary>
    Csv = 8,
    /// <summary>All of them.</summary>
    All = Mask | GeoJson | Heatmap | Csv,
}
