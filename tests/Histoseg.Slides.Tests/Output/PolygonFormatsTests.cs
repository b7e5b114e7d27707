using System.IO.Compression;
using System.Xml.Linq;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Output.Polygons;
using Histoseg.Slides.Tests.Annotations;
using NetTopologySuite.Features;
using NetTopologySuite.IO.Converters;

namespace Histoseg.Slides.Tests.Output;

/// <summary>Every format of polygons holds the label map: read back by this program's readers, and by others that know nothing of it.</summary>
public sealed class PolygonFormatsTests : IDisposable
{
    private static readonly string[] _names = ["background", "gland <a>", "stroma & b"];
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Endings => [".geojson", ".geojson.gz", ".asap.xml", ".imagescope.xml"];

    private string Write(string ending, byte[] labels, int width, PolygonSettings? settings = null, byte[]? heat = null)
    {
        settings = (settings ?? new(_names)) with { HasForeground = heat is not null };
        var path = _folder["out" + ending];
        IPolygonFormat format = ending switch
        {
            ".geojson" => new GeoJsonPolygons(settings),
            ".geojson.gz" => new GeoJsonPolygons(settings, path),
            ".asap.xml" => new AsapPolygons(settings),
            ".imagescope.xml" => new ImageScopePolygons(settings, path),
            _ => new RegionTable(settings),
        };
        using var writer = new PolygonWriter(path, width, labels.Length / width, settings, format);
        writer.Write(labels);
        writer.Foreground?.Write(heat);
        writer.Complete();
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!, "out" + ending + "*"));
        return path;
    }

    private static byte[] Map(params string[] rows) => [.. rows.SelectMany(row => row.Select(sign => (byte)(sign - '0')))];

    private static byte[] Painted(string path, int width, int height)
    {
        var annotation = AnnotationFile.Load(path);
        if (annotation.Regions.Count == 0)
            return new byte[width * height];
        var map = Samples.Map(_names, [(_names[1], _names[1]), (_names[2], _names[2])]);
        return LabelSource.FromAnnotation(annotation, map, width, height).Paint(width, height);
    }

    [Property(MaxTest = 60)]
    public Property Whatever_the_map_its_polygons_paint_it_again()
    {
        var maps = from width in Gen.Choose(1, 12)
                   from height in Gen.Choose(1, 12)
                   from labels in Gen.ArrayOf(Gen.Elements<byte>(0, 1, 2), width * height)
                   select (Width: width, Labels: labels);
        return Prop.ForAll(maps.ToArbitrary(), map =>
        {
            foreach (var ending in new[] { ".geojson.gz", ".asap.xml", ".imagescope.xml" })
                Assert.Equal(map.Labels, Painted(Write(ending, map.Labels, map.Width), map.Width, map.Labels.Length / map.Width));
        });
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public void An_island_in_a_hole_stays(string ending)
    {
        var labels = Map("1111111", "1000001", "1011101", "1010101", "1011101", "1000001", "1111111");
        Assert.Equal(labels, Painted(Write(ending, labels, 7), 7, 7));
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public void Of_too_many_regions_the_largest_stay(string ending)
    {
        var labels = Map("1010110", "0000110", "2220000");
        var path = Write(ending, labels, 7, new(_names) { Limits = new(0, 2, 1000) });
        Assert.Equal(Map("0000110", "0000110", "2220000"), Painted(path, 7, 3));
    }

    [Fact]
    public void Asap_finds_groups_colours_and_outlines_without_holes()
    {
        var path = Write(".asap.xml", Map("11110", "10010", "11110", "00002"), 5, new(_names) { Downsample = 4, Palette = new([null, "#102030"]) });
        var root = XDocument.Load(path).Root!;
        Assert.Equal("ASAP_Annotations", root.Name.LocalName);
        var annotations = root.Element("Annotations")!.Elements("Annotation").ToList();
        Assert.Equal(["gland <a>", "stroma & b"], annotations.Select(one => one.Attribute("PartOfGroup")!.Value));
        Assert.All(annotations, one => Assert.Equal("Polygon", one.Attribute("Type")!.Value));
        Assert.Equal(["#102030", "#006eff"], annotations.Select(one => one.Attribute("Color")!.Value));
        Assert.Equal(["gland <a>", "stroma & b"], root.Element("AnnotationGroups")!.Elements("Group").Select(group => group.Attribute("Name")!.Value));
        var corners = annotations[0].Descendants("Coordinate").ToList();
        Assert.Equal(Enumerable.Range(0, corners.Count), corners.Select(corner => (int)corner.Attribute("Order")!));
        // The line goes in and out of the hole the same way, so its turns enclose the ring alone.
        Assert.Equal(16 * (4 * 3 - 2), Math.Abs(Shoelace(corners)));
    }

    [Fact]
    public void ImageScope_finds_a_layer_for_each_class_and_negative_regions()
    {
        // The classes take turns down the map; the file has them apart.
        var path = Write(".imagescope.xml", Map("1111", "1001", "1111", "2200", "0011"), 4, new(_names) { MicronsPerPixel = 0.5 });
        var root = XDocument.Load(path).Root!;
        Assert.Equal("0.5", root.Attribute("MicronsPerPixel")!.Value);
        var layers = root.Elements("Annotation").ToList();
        Assert.Equal(["gland <a>", "stroma & b"], layers.Select(layer => layer.Attribute("Name")!.Value));
        // 255, 196, 0 with red in the lowest byte.
        Assert.Equal(255 + 256 * 196, (int)layers[0].Attribute("LineColor")!);
        var regions = layers[0].Element("Regions")!.Elements("Region").ToList();
        Assert.Equal(["0", "1", "0"], regions.Select(region => region.Attribute("NegativeROA")!.Value));
        Assert.Equal(regions[0].Attribute("Id")!.Value, regions[1].Attribute("InputRegionId")!.Value);
        Assert.Equal([12, 2, 2], regions.Select(region => Math.Abs(Shoelace([.. region.Descendants("Vertex")]))));
        Assert.Equal("2.5", regions[0].Attribute("AreaMicrons")!.Value);
        Assert.Single(layers[1].Descendants("Region"));
    }

    [Fact]
    public void A_packed_file_unpacks_to_the_plain_one()
    {
        var labels = Map("1102", "1022");
        var plain = File.ReadAllText(Write(".geojson", labels, 4));
        using var unpacked = new StreamReader(new GZipStream(File.OpenRead(Write(".geojson.gz", labels, 4)), CompressionMode.Decompress));
        Assert.Equal(plain, unpacked.ReadToEnd());
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(2.5)]
    public void Simplified_outlines_are_near_the_edges_with_far_fewer_corners(double tolerance)
    {
        // A ring with a disc in its hole, which touches nothing.
        const int side = 300;
        var labels = new byte[side * side];
        for (var i = 0; i < labels.Length; i++)
            labels[i] = Math.Sqrt(Math.Pow(i % side - 150, 2) + Math.Pow(i / side - 150, 2)) is > 90 and < 140 or < 60 ? (byte)1 : (byte)0;
        var exact = Read(Write(".geojson", labels, side));
        var simple = Read(Write(".geojson", labels, side, new(_names) { Tolerance = tolerance }));
        Assert.Equal(2, simple.Count);
        foreach (var (before, after) in exact.Zip(simple))
        {
            Assert.True(after.Geometry.IsValid);
            Assert.True(after.Geometry.NumPoints * 6 < before.Geometry.NumPoints, $"{before.Geometry.NumPoints} corners, then {after.Geometry.NumPoints}");
            Assert.InRange(NetTopologySuite.Algorithm.Distance.DiscreteHausdorffDistance.Distance(before.Geometry, after.Geometry, 0.05), 0, tolerance + 0.01);
            Assert.InRange(after.Geometry.Area / before.Geometry.Area, 0.98, 1.02);
            // What is measured is measured on the pixels.
            Assert.Equal(((IAttributesTable)before.Attributes)["objectType"], after.Attributes["objectType"]);
        }
    }

    [Fact]
    public void The_table_of_regions_has_what_was_drawn()
    {
        var labels = Map("11110", "10010", "11110", "00022");
        byte[] heat = [.. labels.Select((label, i) => (byte)(label == 0 ? 9 : label == 1 ? 51 : i % 2 * 255))];
        var lines = File.ReadAllLines(Write(".csv", labels, 5, new(_names) { Downsample = 4, MicronsPerPixel = 0.25 }, heat));
        Assert.Equal(
        [
            "region,class,area_um2,perimeter_um,centroid_x,centroid_y,holes,mean_probability",
            // Perimeter: outside 14, the hole 6. Its middle is that of both rectangles.
            "1,gland <a>,10,20,8,6,1,0.2",
            "2,stroma & b,2,6,16,14,0,0.5",
        ], lines);
    }

    [Fact]
    public void Means_are_of_the_same_rows_whichever_map_is_ahead()
    {
        byte[] labels = Map("11", "10", "02"), heat = [255, 255, 0, 7, 7, 102];
        foreach (var heatFirst in new[] { true, false })
        {
            var settings = new PolygonSettings(_names) { HasForeground = true };
            using var writer = new PolygonWriter(_folder["m.geojson"], 2, 3, settings, new GeoJsonPolygons(settings));
            if (heatFirst)
                writer.Foreground!.Write(heat);
            writer.Write(labels.AsSpan(0, 2));
            writer.Write(labels.AsSpan(2));
            if (!heatFirst)
            {
                writer.Foreground!.Write(heat.AsSpan(0, 4));
                writer.Foreground!.Write(heat.AsSpan(4));
            }
            writer.Complete();
            Assert.Equal([0.6667, 0.4], Read(_folder["m.geojson"]).Select(Mean));
        }
    }

    [Fact]
    public void Without_a_heat_map_that_was_to_come_the_file_is_not_complete()
    {
        var settings = new PolygonSettings(_names) { HasForeground = true };
        using var writer = new PolygonWriter(_folder["n.geojson"], 2, 1, settings, new GeoJsonPolygons(settings));
        writer.Write([1, 1]);
        Assert.Throws<InvalidOperationException>(writer.Complete);
    }

    private static double Mean(IFeature feature) => Convert.ToDouble(((IAttributesTable)feature.Attributes["measurements"])["Mean probability"],
        System.Globalization.CultureInfo.InvariantCulture);

    private static double Shoelace(IReadOnlyList<XElement> corners)
    {
        double Number(int i, string name) => (double)corners[i % corners.Count].Attribute(name)!;
        return Enumerable.Range(0, corners.Count).Sum(i => Number(i, "X") * Number(i + 1, "Y") - Number(i + 1, "X") * Number(i, "Y")) / 2;
    }

    private static FeatureCollection Read(string path)
    {
        var options = new System.Text.Json.JsonSerializerOptions();
        options.Converters.Add(new GeoJsonConverterFactory());
        return System.Text.Json.JsonSerializer.Deserialize<FeatureCollection>(File.ReadAllText(path), options)!;
    }
}
