using System.Buffers;

namespace Histoseg.Slides.Annotations;

/// <summary>Labels painted from annotated regions by the rules of a class map.</summary>
internal sealed class PolygonLabels : ILabelSource
{
    private readonly RegionSet _painted;
    private readonly RegionSet _interest;
    private readonly SlideFrame _frame;

    public PolygonLabels(Annotation annotation, ClassMap map, SlideFrame frame)
    {
        _frame = frame;
        var rasters = new Dictionary<AnnotatedRegion, RegionRaster>(ReferenceEqualityComparer.Instance);
        RegionRaster RasterOf(AnnotatedRegion region) =>
            rasters.TryGetValue(region, out var raster) ? raster : rasters[region] = new RegionRaster(region);
        IEnumerable<RegionRaster> Of(IReadOnlyList<string> groups) =>
            annotation.Regions.Where(r => groups.Contains(r.Group, StringComparer.OrdinalIgnoreCase)).Select(RasterOf);
        _painted = new RegionSet(map.Rules.SelectMany(rule =>
        {
            var label = AnnotationCheck.LabelOf(rule.Class, map);
            return Of(rule.Groups).Select(raster => (raster, label));
        }));
        _interest = new RegionSet(Of(map.RegionsOfInterest).Select(raster => (raster, (byte)1)));
    }

    public void Paint(int x, int y, int width, int height, double downsample, Span<byte> labels)
    {
        labels = labels[..(width * height)];
        labels.Clear();
        _painted.Paint(x, y, width, height, downsample, labels);
        if (!_interest.IsEmpty)
            MaskOutside(x, y, width, height, downsample, labels);
        _frame.MaskOutside(x, y, width, height, downsample, labels);
    }

    private void MaskOutside(int x, int y, int width, int height, double downsample, Span<byte> labels)
    {
        var rented = ArrayPool<byte>.Shared.Rent(labels.Length);
        var counts = rented.AsSpan(0, labels.Length);
        counts.Clear();
        _interest.Paint(x, y, width, height, downsample, counts);
        for (var i = 0; i < labels.Length; i++)
            if (counts[i] == 0)
                labels[i] = ClassMap.Ignore;
        ArrayPool<byte>.Shared.Return(rented);
    }
}
