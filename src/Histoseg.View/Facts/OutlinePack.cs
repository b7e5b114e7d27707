using System.Buffers.Binary;
using System.Text.Json;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.View.Slides;

namespace Histoseg.View.Facts;

/// <summary>
/// Polygons as the page takes them, little-endian: length of a JSON text <c>{"groups":[…]}</c> and the text, filled up to four bytes; the numbers of
/// polygons, rings and points; for each polygon its group, then its first ring, then left, top, right, bottom (float32); for each ring its first point; all
/// points, x and y (float32, level-0 pixels). First rings and first points end with one past the last.
/// </summary>
internal static class OutlinePack
{
    /// <summary>The annotated polygons; none: there is no annotation.</summary>
    /// <exception cref="SlideError">The annotation cannot be read.</exception>
    public static byte[] Annotated(SlideContent content) => Pack(content.Annotation?.Regions ?? [], content.Description.Settings.Map);

    /// <summary>The predicted polygons; none: there are none.</summary>
    /// <exception cref="SlideError">The file cannot be read.</exception>
    public static byte[] Predicted(SlideContent content) => Pack(content.Predicted?.Regions ?? [], content.Description.Settings.Map);

    private static byte[] Pack(IReadOnlyList<AnnotatedRegion> regions, ClassMap map)
    {
        var groups = map.Classes.ToList();
        var numbers = groups.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.OrdinalIgnoreCase);
        foreach (var rule in map.Rules.Where(rule => !ClassMap.IsIgnore(rule.Class)))
            foreach (var group in rule.Groups)
                numbers[group] = numbers.GetValueOrDefault(rule.Class);
        var labels = new int[regions.Count];
        foreach (var (i, region) in regions.Index())
            if (!numbers.TryGetValue(region.Group, out labels[i]))
            {
                numbers[region.Group] = labels[i] = groups.Count;
                groups.Add(region.Group);
            }

        var rings = regions.Sum(region => 1 + region.Holes.Count);
        var points = regions.Sum(region => (long)region.Ring.Count + region.Holes.Sum(hole => hole.Count));
        var head = JsonSerializer.SerializeToUtf8Bytes(new { groups });
        var text = (head.Length + 3) / 4 * 4;
        var pack = new byte[4 + text + 12 + (4 * regions.Count) + (4 * (regions.Count + 1)) + (16 * regions.Count) + (4 * (rings + 1)) + (8 * points)];
        var at = 0;
        Whole(text);
        head.CopyTo(pack, at);
        pack.AsSpan(at + head.Length, text - head.Length).Fill((byte)' ');
        at += text;
        Whole(regions.Count);
        Whole(rings);
        Whole((int)points);
        foreach (var label in labels)
            Whole(label);
        var ring = 0;
        foreach (var region in regions)
        {
            Whole(ring);
            ring += 1 + region.Holes.Count;
        }
        Whole(ring);
        foreach (var (left, top, right, bottom) in regions.Select(region => region.Bounds))
        {
            Real(left);
            Real(top);
            Real(right);
            Real(bottom);
        }
        var point = 0;
        foreach (var one in regions.SelectMany(AllRings))
        {
            Whole(point);
            point += one.Count;
        }
        Whole(point);
        foreach (var (x, y) in regions.SelectMany(AllRings).SelectMany(one => one))
        {
            Real(x);
            Real(y);
        }
        return pack;

        void Whole(int value)
        {
            BinaryPrimitives.WriteInt32LittleEndian(pack.AsSpan(at), value);
            at += 4;
        }

        void Real(double value)
        {
            BinaryPrimitives.WriteSingleLittleEndian(pack.AsSpan(at), (float)value);
            at += 4;
        }
    }

    private static IEnumerable<IReadOnlyList<SlidePoint>> AllRings(AnnotatedRegion region) => region.Holes.Prepend(region.Ring);
}
