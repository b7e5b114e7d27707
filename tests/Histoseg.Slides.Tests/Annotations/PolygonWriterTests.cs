using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Output;
using Histoseg.Slides.Output.Polygons;
using NetTopologySuite.Features;
using NetTopologySuite.Geometries;
using NetTopologySuite.IO.Converters;

namespace Histoseg.Slides.Tests.Annotations;

public sealed class PolygonWriterTests : IDisposable
{
    private static readonly string[] _names = ["background", "a", "b", "c"];
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string Write(byte[] labels, int width, double downsample = 1, double? mpp = null, int rowsAtOnce = 1)
    {
        var path = _folder["out.geojson"];
        using var writer = GeoJson(path, width, labels.Length / width, new(_names) { Downsample = downsample, MicronsPerPixel = mpp });
        foreach (var rows in labels.Chunk(width * rowsAtOnce))
            writer.Write(rows);
        writer.Complete();
        return path;
    }

    private static PolygonWriter GeoJson(string path, int width, int height, PolygonSettings settings) =>
        new(path, width, height, settings, new GeoJsonPolygons(settings));

    private static FeatureCollection Read(string path)
    {
        var options = new System.Text.Json.JsonSerializerOptions();
        options.Converters.Add(new GeoJsonConverterFactory());
        return System.Text.Json.JsonSerializer.Deserialize<FeatureCollection>(File.ReadAllText(path), options)!;
    }

    private static byte[] Map(params string[] rows) => [.. rows.SelectMany(r => r.Select(ch => ch == 'x' ? (byte)255 : (byte)(ch - '0')))];

    // Writes, checks every polygon and paints the polygons again.
    private void Check(byte[] labels, int width, double downsample = 1)
    {
        var path = Write(labels, width, downsample);
        foreach (var feature in Read(path))
            Assert.True(feature.Geometry.IsValid, feature.Geometry.AsText());
        var annotation = AnnotationFile.Load(path);
        var expected = labels.Select(l => l == 255 ? (byte)0 : l).ToArray();
        if (annotation.Regions.Count == 0)
        {
            Assert.All(expected, l => Assert.Equal(0, l));
            return;
        }
        var height = labels.Length / width;
        var map = Samples.Map(_names, [("a", "a"), ("b", "b"), ("c", "c")]);
        var source = LabelSource.FromAnnotation(annotation, map, (int)Math.Ceiling(width * downsample), (int)Math.Ceiling(height * downsample));
        Assert.Equal(expected, source.Paint(width, height, downsample: downsample));
    }

    [Fact]
    public void Polygons_lie_in_the_part_of_the_slide_that_is_given_and_are_counted_from_its_corner()
    {
        var path = _folder["part.geojson"];
        // Pixels 1 … 6 and 1 … 4 have their centres in the part; those at its edges reach over it.
        using (var writer = GeoJson(path, 10, 8, new(_names) { Downsample = 4, Part = new(6, 5, 21, 17) }))
        {
            writer.Write([.. Enumerable.Repeat((byte)1, 80)]);
            writer.Complete();
        }
        var polygon = Assert.Single(Read(path)).Geometry;
        Assert.True(polygon.IsValid);
        Assert.Equal(new Envelope(0, 21, 0, 15), polygon.EnvelopeInternal);
        Assert.Equal(21 * 15, polygon.Area);
    }

    [Fact]
    public void A_region_of_many_corners_goes_to_the_file_in_pieces()
    {
        // A comb: 40 000 corners in one ring.
        const int width = 20001;
        var labels = Enumerable.Range(0, 2 * width).Select(i => (byte)(i < width || i % width % 2 == 0 ? 1 : 0)).ToArray();
        var path = _folder["comb.geojson"];
        var format = new GeoJsonPolygons(new(_names));
        using (var writer = new PolygonWriter(path, width, 2, new(_names), format))
        {
            writer.Write(labels);
            writer.Complete();
            Assert.InRange(format.TextCapacity, 1, 1 << 18);
        }
        Assert.True(new FileInfo(path).Length > 1 << 18);
        var polygon = Assert.Single(Read(path)).Geometry;
        Assert.Equal((width + width / 2 + 1, 40005), ((int)polygon.Area, polygon.NumPoints));
    }

    [Property(MaxTest = 400)]
    public Property Random_maps_come_back_from_valid_polygons()
    {
        // Few classes and small pictures: many corners at which regions touch.
        var maps = Gen.Choose(1, 12).SelectMany(_ => Gen.Choose(1, 12), (w, h) => (w, h))
            .SelectMany(size => Gen.Choose(2, 5).SelectMany(kinds => Gen.Choose(0, kinds - 1).ArrayOf(size.w * size.h)), (size, cells) => (size.w, cells));
        return Prop.ForAll(maps.ToArbitrary(), map =>
        {
            Check([.. map.cells.Select(c => c == 4 ? (byte)255 : (byte)c)], map.w);
            return true;
        });
    }

    [Theory]
    [InlineData("1111,1001,1011,1101,1001,1111")]
    [InlineData("0110,1001,1001,0110")]
    [InlineData("111,101,110")]
    [InlineData("011,101,111")]
    [InlineData("11111,10101,11011,10101,11111")]
    [InlineData("11111,12221,12121,12221,11111")]
    [InlineData("1")]
    [InlineData("10101,01010,10101")]
    [InlineData("1x1,x1x,1x1")]
    public void Regions_that_touch_at_corners_give_valid_polygons(string rows)
    {
        var map = Map(rows.Split(','));
        Check(map, rows.IndexOf(',') is var w && w > 0 ? w : rows.Length);
    }

    [Fact]
    public void Spirals_and_noise_come_back()
    {
        var random = new Random(5);
        Check([.. Enumerable.Range(0, 200 * 150).Select(_ => (byte)random.Next(4))], 200);
        var spiral = Enumerable.Range(0, 101 * 101).Select(i =>
        {
            var (dx, dy) = ((i % 101) - 50, (i / 101) - 50);
            return (byte)(((Math.Sqrt((dx * dx) + (dy * dy)) / 6) + (Math.Atan2(dy, dx) / Math.Tau)) % 1 < 0.5 ? 1 : 2);
        });
        Check([.. spiral], 101, 3.97);
    }

    [Fact]
    public void A_region_with_a_hole_has_few_corners_the_class_and_its_area()
    {
        var labels = Map("00000000", "02222220", "02111120", "02100120", "02111120", "02222220", "0xxxxxx0");
        var features = Read(Write(labels, 8, downsample: 4.5, mpp: 0.5, rowsAtOnce: 3));
        Assert.Equal(2, features.Count);
        var inner = features.Single(f => f.Geometry.EnvelopeInternal.Width == 4 * 4.5);
        var polygon = Assert.IsType<NetTopologySuite.Geometries.Polygon>(inner.Geometry);
        Assert.Equal(5, polygon.ExteriorRing.NumPoints);
        Assert.Equal(5, Assert.Single(polygon.InteriorRings).NumPoints);
        Assert.Equal(2 * 4.5, polygon.EnvelopeInternal.MinX);
        Assert.Equal("annotation", inner.Attributes["objectType"]);
        Assert.Equal("a", ((IAttributesTable)inner.Attributes["classification"])["name"]);
        Assert.Equal(10 * 4.5 * 4.5 * 0.25, Convert.ToDouble(((IAttributesTable)inner.Attributes["measurements"])["Area µm^2"]), 0.01);
    }

    [Fact]
    public void Nothing_is_left_of_an_unfinished_file_and_misuse_is_refused()
    {
        var path = _folder["out.geojson"];
        using (var writer = GeoJson(path, 4, 4, new(_names)))
        {
            writer.Write(new byte[8]);
            Assert.Throws<InvalidOperationException>(writer.Complete);
            Assert.Throws<ArgumentException>(() => writer.Write(new byte[3]));
            Assert.Throws<ArgumentException>(() => writer.Write(new byte[12]));
            Assert.Throws<ArgumentException>(() => writer.Write([0, 0, 4, 0]));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Root));
        Write(new byte[16], 4);
        Assert.Empty(Read(path));
    }

    [Fact]
    public void Ten_megapixels_take_about_a_second()
    {
        const int size = 3200;
        var labels = new byte[size * size];
        for (var i = 0; i < labels.Length; i++)
            labels[i] = (byte)(Math.Sin(i % size / 23.0) + Math.Cos((i / size / 31.0) + (i % size / 57.0)) > 0.4 ? 1 + (i / size / 1100) : 0);
        var watch = Stopwatch.StartNew();
        Write(labels, size, rowsAtOnce: 64);
        Assert.True(watch.Elapsed.TotalSeconds < 8, $"{watch.Elapsed}");
    }

    [Fact]
    public void Areas_are_counted_by_class()
    {
        var path = _folder["areas.csv"];
        using (var counter = new AreaCounter(path, ["background", "tumour, solid"], micronsPerPixel: 500))
        {
            counter.Write(Map("0011", "1111"));
            counter.Write(Map("xx00"));
            Assert.Equal(6, counter.Pixels(1));
            Assert.False(File.Exists(path));
            counter.Complete();
        }
        Assert.Equal("class,pixels,area_mm2,share\r\nbackground,4,1,0.4\r\n\"tumour, solid\",6,1.5,0.6\r\nunreadable,2,0.5,\r\n", File.ReadAllText(path));
    }
}
