using System.Net;
using System.Text.Json;
using Histoseg.Segmentation.Review;
using Histoseg.Slides.Annotations;

namespace Histoseg.View.Tests;

/// <summary>Corrections are saved as a file that QuPath reads, and nothing else can be written.</summary>
public sealed class CorrectionTests : IDisposable
{
    private const string Square = """
        {"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[10,10],[90,10],[90,90],[10,90],[10,10]]]},
        "properties":{"objectType":"annotation","classification":{"name":"tumour"}}}]}
        """;

    private readonly TempFolder _folder = new();
    private readonly SlideViewer _viewer;
    private readonly Visitor _visitor;

    public CorrectionTests()
    {
        DrawnSlide.WriteAll(_folder);
        _viewer = SlideViewer.Start(new([_folder["out"]]));
        _visitor = new(_viewer);
    }

    public void Dispose()
    {
        _visitor.Dispose();
        _viewer.Dispose();
        _folder.Dispose();
    }

    private string File_ => _folder["slides/one.corrections.geojson"];

    private async Task<(HttpStatusCode Status, string? Tag, string Text)> Save(string text, string tag, string? origin = "own")
    {
        var page = origin == "own" ? _visitor.Base.GetLeftPart(UriPartial.Authority) : origin;
        using var answer = await _visitor.Put(await _visitor.OnlySlide() + "/corrections", text, tag, page);
        return (answer.StatusCode, answer.Headers.ETag?.Tag.Trim('"'), await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task What_is_saved_lies_beside_the_slide_and_comes_back()
    {
        using (var nothing = await _visitor.Get(await _visitor.OnlySlide() + "/corrections"))
        {
            Assert.Equal("\"none\"", nothing.Headers.ETag!.Tag);
            Assert.Equal(0, JsonDocument.Parse(await nothing.Content.ReadAsStringAsync()).RootElement.GetProperty("features").GetArrayLength());
        }
        var (status, tag, _) = await Save(Square, "none");
        Assert.Equal(HttpStatusCode.NoContent, status);
        Assert.Equal("tumour", Assert.Single(AnnotationFile.Load(File_).Regions).Group);
        using var again = await _visitor.Get(await _visitor.OnlySlide() + "/corrections");
        Assert.Equal($"\"{tag}\"", again.Headers.ETag!.Tag);
        Assert.Equal(Square, await again.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task What_another_program_saved_meanwhile_stays()
    {
        var (_, first, _) = await Save(Square, "none");
        var edited = Square.Replace("tumour", "stroma", StringComparison.Ordinal);
        await File.WriteAllTextAsync(File_, edited);
        var (status, _, text) = await Save(Square, first!);
        Assert.Equal(HttpStatusCode.PreconditionFailed, status);
        Assert.Contains("another program", text);
        Assert.Equal(edited, await File.ReadAllTextAsync(File_));
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await Save(Square, "none")).Status);
    }

    [Theory]
    [InlineData("no JSON at all")]
    [InlineData("{\"type\":\"Feature\"}")]
    [InlineData("[]")]
    [InlineData("<ASAP_Annotations/>")]
    [InlineData("""{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon","coordinates":"x"},"properties":{}}]}""")]
    [InlineData("""
        {"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Polygon",
        "coordinates":[[[90000,90000],[90010,90000],[90010,90010],[90000,90000]]]},"properties":{"classification":{"name":"tumour"}}}]}
        """)]
    public async Task What_is_no_annotation_of_the_slide_is_refused(string text)
    {
        await Save(Square, "none");
        var before = await File.ReadAllBytesAsync(File_);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Save(text, await TagNow())).Status);
        Assert.Equal(before, await File.ReadAllBytesAsync(File_));
        Assert.Equal([File_], Directory.GetFiles(_folder["slides"], "*corrections*"));

        async Task<string> TagNow()
        {
            using var answer = await _visitor.Get(await _visitor.OnlySlide() + "/corrections");
            return answer.Headers.ETag!.Tag.Trim('"');
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("null")]
    [InlineData("http://evil.example")]
    public async Task Other_pages_save_nothing(string? origin)
    {
        Assert.Equal(HttpStatusCode.Forbidden, (await Save(Square, "none", origin)).Status);
        Assert.False(File.Exists(File_));
    }

    [Fact]
    public async Task The_places_of_a_review_are_what_is_corrected()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ReviewRun.FileOf(_folder["out"], "one"))!);
        await File.WriteAllTextAsync(ReviewRun.FileOf(_folder["out"], "one"), Square);
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        using var answer = await visitor.Get(await visitor.OnlySlide() + "/corrections");
        Assert.Equal(Square, await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task The_predicted_polygon_at_a_place_is_found()
    {
        var slide = await _visitor.OnlySlide();
        var labels = 0;
        for (var y = 50; y < DrawnSlide.Height; y += 100)
            for (var x = 50; x < DrawnSlide.Width; x += 100)
            {
                var label = DrawnSlide.LabelAt(x, y);
                var found = await _visitor.Json($"{slide}/predicted/{x}_{y}");
                Assert.Equal(label == 0 ? null : DrawnSlide.Classes[label], found.GetProperty("class").GetString());
                labels += label == 0 ? 0 : 1;
                if (label != 0)
                    Assert.All(found.GetProperty("rings")[0].EnumerateArray(), point => Assert.Equal(2, point.GetArrayLength()));
            }
        Assert.True(labels > 2);
    }
}
