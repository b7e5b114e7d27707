using System.Text.Json;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Output.Polygons;
using NetTopologySuite.Features;
using NetTopologySuite.IO.Converters;

namespace Histoseg.Slides.Tests.Output;

public sealed class PolygonLimitsTests : IDisposable
{
    private static readonly JsonSerializerOptions _geoJson = new() { Converters = { new GeoJsonConverterFactory() } };
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string? Write(byte[] labels, int width, PolygonLimits? limits = null, double downsample = 1, double? mpp = null, Region? part = null)
    {
        var settings = new PolygonSettings(["background", "a", "b"])
        { Downsample = downsample, MicronsPerPixel = mpp, Limits = limits ?? new(0, int.MaxValue, long.MaxValue / 2), Part = part };
        using var writer = new PolygonWriter(_folder["out.geojson"], width, labels.Length / width, settings, new GeoJsonPolygons(settings));
        writer.Write(labels);
        writer.Complete();
        return writer.Note;
    }

    private List<IFeature> Features() => [.. JsonSerializer.Deserialize<FeatureCollection>(File.ReadAllText(_folder["out.geojson"]), _geoJson)!];

    private JsonElement File_ => JsonDocument.Parse(File.ReadAllText(_folder["out.geojson"])).RootElement;

    // A 4 × 4 square with a hole of 1, one of 16 pixels, one of 15, and a 9 × 9 square with holes of 16 and of 15 pixels that hold specks of class 2.
    private static byte[] Drawn()
    {
        var labels = new byte[60 * 20];
        Fill(0, 0, 4, 4, 1);
        Fill(1, 1, 1, 1, 0);
        Fill(10, 0, 4, 4, 1);
        Fill(20, 0, 5, 3, 2);
        Fill(30, 0, 20, 9, 1);
        Fill(32, 2, 4, 4, 0);
        Fill(33, 3, 1, 1, 2);
        Fill(40, 2, 5, 3, 0);
        Fill(41, 3, 1, 1, 2);
        return labels;

        void Fill(int x, int y, int width, int height, byte label)
        {
            for (var row = y; row < y + height; row++)
                labels.AsSpan(row * 60 + x, width).Fill(label);
        }
    }

    [Fact]
    public void Objects_and_holes_under_the_least_size_are_left_out_and_told()
    {
        var note = Write(Drawn(), 60, PolygonLimits.Usual(16), downsample: 4, mpp: 0.25);
        Assert.Equal("the outlines leave out 4 objects and 2 holes smaller than 16 pixels of the label map (16 µm²); the label map has them all", note);
        var features = Features();
        Assert.Equal([16.0, 164.0], features.Select(feature => feature.Geometry.Area / 16));
        Assert.All(features, feature => Assert.True(feature.Geometry.IsValid));
        var left = File_.GetProperty("properties");
        Assert.Equal(note, left.GetProperty("note").GetString());
        Assert.Equal((16, 4, 2, 0), (left.GetProperty("leastPixels").GetInt32(), left.GetProperty("objectsSmaller").GetInt32(),
            left.GetProperty("holesSmaller").GetInt32(), left.GetProperty("objectsBeyondLimit").GetInt32()));
        // Our own reader, as QuPath's, takes the polygons and minds nothing else.
        Assert.Equal(2, AnnotationFile.Load(_folder["out.geojson"]).Regions.Count);
    }

    [Fact]
    public void Nothing_is_told_where_nothing_is_left_out()
    {
        Assert.Null(Write(Drawn(), 60, PolygonLimits.Usual(0)));
        Assert.Equal(6, Features().Count);
        Assert.False(File_.TryGetProperty("properties", out _));
        Assert.Null(Write(new byte[60], 60, PolygonLimits.Usual(16)));
        Assert.Empty(Features());
    }

    [Theory]
    [InlineData(1, 1000000)]
    [InlineData(7, 1000000)]
    [InlineData(300, 1000000)]
    [InlineData(100000, 5)]
    [InlineData(100000, 400)]
    [InlineData(100000, 1000)]
    public void Beyond_the_limits_the_largest_stay_in_the_order_of_the_file_and_of_equals_the_first(int polygons, int corners)
    {
        // Far more regions than twice the limits.
        var random = new Random(3);
        var labels = Enumerable.Range(0, 200 * 150).Select(_ => (byte)(random.Next(10) < 6 ? 0 : random.Next(1, 3))).ToArray();
        Assert.Null(Write(labels, 200));
        var all = Features();
        Assert.InRange(all.Count, 2000, 20000);
        var largest = all.Index().OrderByDescending(at => at.Item.Geometry.Area).ThenBy(at => at.Index).ToList();
        var count = 1;
        for (var sum = largest[0].Item.Geometry.NumPoints; count < Math.Min(polygons, all.Count); count++)
            if ((sum += largest[count].Item.Geometry.NumPoints) > corners)
                break;

        var note = Write(labels, 200, new(0, polygons, corners));
        var kept = largest.Take(count).OrderBy(at => at.Index);
        Assert.Equal(kept.Select(at => at.Item.Geometry.AsText()), Features().Select(feature => feature.Geometry.AsText()));
        Assert.Equal($"the outlines leave out the {all.Count - count} smallest objects, because a file has {polygons} polygons of {corners} corners "
            + "at most; the label map has them all", note);
        Assert.Equal(all.Count - count, File_.GetProperty("properties").GetProperty("objectsBeyondLimit").GetInt32());
    }

    [Fact]
    public void The_file_never_grows_far_beyond_the_limit_while_it_is_written()
    {
        // Dashes of 1 pixel, then of 2, and so on to 40: the worst order, since each is larger than all before.
        using var writer = new PolygonWriter(_folder["out.geojson"], 1000, 40 * 50, new(["background", "a"]) { Limits = new(0, 100, 1_000_000) },
            new GeoJsonPolygons(new(["background", "a"])));
        var (most, regions) = (0L, 0);
        for (var row = 0; row < 40 * 25; row++)
        {
            var length = 1 + row / 25;
            writer.Write([.. Enumerable.Range(0, 1000).Select(x => (byte)(x % (length + 1) < length ? 1 : 0))]);
            writer.Write(new byte[1000]);
            regions += (1000 + length) / (length + 1);
            most = Math.Max(most, new FileInfo(Directory.GetFiles(_folder.Root).Single()).Length);
        }
        writer.Complete();
        var kept = Features();
        Assert.Equal(100, kept.Count);
        Assert.All(kept, feature => Assert.Equal(40, feature.Geometry.Area));
        Assert.InRange(most, 1, 1 << 18);
        Assert.Contains($"the {regions - 100} smallest", writer.Note);
    }

    [Fact]
    public void Polygons_end_where_the_slide_does()
    {
        // 3 map pixels of 4 cover a slide of 11 × 11.
        Write([.. Enumerable.Repeat((byte)1, 9)], 3, downsample: 4, part: new(0, 0, 11, 11));
        Assert.Equal((0, 0, 11, 11), Box());
        Write([0, 0, 0, 0, 0, 0, 0, 0, 1], 3, downsample: 4, part: new(0, 0, 11, 11));
        Assert.Equal((8, 8, 11, 11), Box());
        // Nothing is stretched to the edge of a slide that goes on a little beyond the map.
        Write([.. Enumerable.Repeat((byte)1, 9)], 3, downsample: 4, part: new(0, 0, 13, 13));
        Assert.Equal((0, 0, 12, 12), Box());

        (double, double, double, double) Box()
        {
            var feature = Assert.Single(Features());
            Assert.True(feature.Geometry.IsValid);
            var box = feature.Geometry.EnvelopeInternal;
            return (box.MinX, box.MinY, box.MaxX, box.MaxY);
        }
    }
}
