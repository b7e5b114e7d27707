using NetTopologySuite.Geometries;
using NetTopologySuite.Index.Strtree;

namespace Histoseg.Slides.Annotations;

/// <summary>Regions in painting order, found by place.</summary>
/// <remarks>Immutable once made.</remarks>
internal sealed class RegionSet
{
    private readonly List<(RegionRaster Raster, byte Label)> _items;
    private readonly STRtree<int> _index = new();

    public RegionSet(IEnumerable<(RegionRaster Raster, byte Label)> items)
    {
        _items = [.. items];
        for (var i = 0; i < _items.Count; i++)
        {
            var (left, top, right, bottom) = _items[i].Raster.Bounds;
            _index.Insert(new Envelope(left, right, top, bottom), i);
        }
        // Built now: a tree that builds itself at the first query would do so under the readers' feet.
        _index.Build();
    }

    /// <summary>No regions at all.</summary>
    public bool IsEmpty => _items.Count == 0;

    /// <summary>Paints the regions, later ones over earlier ones; parameters as in <see cref="ILabelSource.Paint"/>.</summary>
    public void Paint(int x, int y, int width, int height, double downsample, Span<byte> labels)
    {
        if (IsEmpty)
            return;
        var place = new Envelope(x * downsample, ((double)x + width) * downsample, y * downsample, ((double)y + height) * downsample);
        var found = (List<int>)_index.Query(place);
        found.Sort();
        foreach (var i in found)
            _items[i].Raster.Fill(x, y, width, height, downsample, _items[i].Label, labels);
    }
}
