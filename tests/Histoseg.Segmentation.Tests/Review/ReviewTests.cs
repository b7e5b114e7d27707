using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Review;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Labels;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Output;
using Histoseg.Slides.Sampling;

namespace Histoseg.Segmentation.Tests.Review;

/// <summary>The places that are picked, and what a corrected file means in training.</summary>
public sealed class ReviewTests : IDisposable
{
    private const int Width = 400, Height = 300;
    private static readonly string[] _names = ["background", "tumour", "stroma"];
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private LabelPicture Map(string name, Func<int, int, int> value, PyramidKind kind = PyramidKind.Labels)
    {
        using (var rows = new PyramidWriter(_folder[name], Width, Height, 1, kind))
        {
            for (var y = 0; y < Height; y++)
                rows.Write([.. Enumerable.Range(0, Width).Select(x => (byte)value(x, y))]);
            rows.Complete();
        }
        return new LabelPicture(_folder[name], LabelPictureKind.Prediction);
    }

    private static bool Within(int x, int y, int left, int top, int side) => x >= left && x < left + side && y >= top && y < top + side;

    [Fact]
    public void The_most_doubtful_places_come_first_and_do_not_overlap()
    {
        using var labels = Map("labels.tif", (_, _) => 0);
        // A tie at (200, 100), something less sure at (30, 230), all else certain.
        using var heat = Map("heat.tif", (x, y) => Within(x, y, 200, 100, 40) ? 127 : Within(x, y, 30, 230, 40) ? 64 : 255, PyramidKind.Grey8);
        var places = ReviewSearch.Of(labels, heat, null, 64, 10);
        Assert.True(Contains(places[0], 200, 100, 40), $"{places[0]}");
        Assert.True(Contains(places[1], 30, 230, 40), $"{places[1]}");
        Assert.Equal(1600 * 254 / 255.0 / (64 * 64), places[0].Doubt, 1e-9);
        Assert.All(places, place => Assert.Equal(0, place.Differs));
        Assert.All(places.Index(), a => Assert.All(places.Skip(a.Index + 1), b => Assert.False(
            a.Item.X < b.X + b.Width && b.X < a.Item.X + a.Item.Width && a.Item.Y < b.Y + b.Height && b.Y < a.Item.Y + a.Item.Height)));
        Assert.Single(ReviewSearch.Of(labels, heat, null, 64, 1));
        using var certain = Map("certain.tif", (_, _) => 255, PyramidKind.Grey8);
        Assert.Empty(ReviewSearch.Of(labels, certain, null, 64, 10));

        static bool Contains(ReviewPlace place, int x, int y, int side) =>
            place.X <= x && place.Y <= y && place.X + place.Width >= x + side && place.Y + place.Height >= y + side;
    }

    [Fact]
    public void Where_two_runs_differ_counts()
    {
        using LabelPicture mine = Map("mine.tif", (_, _) => 1), theirs = Map("theirs.tif", (x, y) => Within(x, y, 330, 10, 30) ? 2 : 1);
        var place = Assert.Single(ReviewSearch.Of(mine, null, theirs, 40, 1));
        Assert.Equal((0, 900 / 1600.0), (place.Doubt, place.Differs));
        Assert.True(place.X <= 330 && place.X + place.Width >= 360 && place.Y <= 10 && place.Y + place.Height >= 40);
        using var small = new LabelPicture(Small(), LabelPictureKind.Prediction);
        Assert.Contains("at one scale", Assert.Throws<SlideError>(() => ReviewSearch.Of(mine, null, small, 40, 1)).Message);

        string Small()
        {
            using var rows = new PyramidWriter(_folder["small.tif"], 20, 20, 1, PyramidKind.Labels);
            rows.Write(new byte[400]);
            rows.Complete();
            return _folder["small.tif"];
        }
    }

    [Fact]
    public void What_was_corrected_counts_and_nothing_else()
    {
        using var labels = Map("labels.tif", (x, y) => Within(x, y, 100, 100, 50) ? 1 : Within(x, y, 300, 200, 60) ? 2 : 0);
        ReviewPlace[] places = [new(80, 80, 64, 64, 1, 0), new(280, 180, 64, 64, 1, 0)];
        var file = _folder["s.geojson"];
        ReviewFile.Write(file, places, labels, _names, ClassPalette.Usual, 2, new(0, 0, 2 * Width, 2 * Height));
        var annotation = AnnotationFile.Load(file);
        Assert.Equal(["to review", "tumour", "to review", "stroma"], annotation.Regions.Select(region => region.Group));
        Assert.Equal([(160, 160), (288, 160), (288, 288), (160, 288)], annotation.Regions[0].Ring.Select(p => ((int)p.X, (int)p.Y)));

        var map = new ClassMap(_names, [new(["tumour"], "tumour"), new(["stroma"], "stroma")], [], ["to review"]);
        Assert.All(Painted(file, map), label => Assert.Equal(ClassMap.Ignore, label));

        // As a person leaves it who has looked at the second place.
        var text = File.ReadAllText(file);
        var last = text.LastIndexOf("to review", StringComparison.Ordinal);
        File.WriteAllText(file, text[..last] + "reviewed" + text[(last + "to review".Length)..]);
        var painted = Painted(file, map);
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
                Assert.Equal(Within(x, y, 280, 180, 64) ? Within(x, y, 300, 200, 60) ? 2 : 0 : ClassMap.Ignore, painted[y * Width + x]);
    }

    [Fact]
    public void Specks_and_pinholes_are_left_out_of_what_is_to_be_corrected()
    {
        // A class with a hole of 9 pixels and one of 16, an island of 9 pixels in it, and one of 16 outside.
        using var labels = Map("labels.tif", (x, y) => Within(x, y, 120, 120, 3) || Within(x, y, 130, 120, 4) ? 0 : Within(x, y, 120, 130, 3) ? 2
            : Within(x, y, 110, 110, 30) ? 1 : Within(x, y, 150, 110, 4) || Within(x, y, 150, 130, 3) ? 2 : 0);
        ReviewFile.Write(_folder["s.geojson"], [new(100, 100, 64, 64, 1, 0)], labels, _names, ClassPalette.Usual, 2, new(0, 0, 2 * Width, 2 * Height));
        var regions = AnnotationFile.Load(_folder["s.geojson"]).Regions;
        Assert.Equal(["stroma", "to review", "tumour"], regions.Select(region => region.Group).Order());
        Assert.Equal(16, regions.Single(region => region.Group == "stroma").Ring.Max(point => point.X) / 2 - 138);
        var hole = Assert.Single(regions.Single(region => region.Group == "tumour").Holes);
        Assert.Equal((260, 268), ((int)hole.Min(point => point.X), (int)hole.Max(point => point.X)));
    }

    private byte[] Painted(string file, ClassMap map)
    {
        using (var rows = new PyramidWriter(_folder["slide.tif"], 2 * Width, 2 * Height, 0.5, PyramidKind.Rgb))
        {
            rows.Write(new byte[4 * Width * Height * 3]);
            rows.Complete();
        }
        using var slide = OpenedSlide.Open(new ManifestRow(_folder["slide.tif"], file, null, null, "p", null) { Region = "reviewed" }, new(map));
        var labels = new byte[Width * Height];
        slide.Labels.Paint(0, 0, Width, Height, 2, labels);
        return labels;
    }

    [Fact]
    public void An_output_folder_gives_places_of_its_slides_and_keeps_what_was_corrected()
    {
        WriteSlide("a", doubtful: 3);
        WriteSlide("b", doubtful: 1);
        _folder.Write("out/run_metadata_20260101T000000Z.json", """
            {"model":{"network":"unet","folder":"/gone/model","hash":"h","class_names":["background","tumour","stroma"],"microns_per_pixel":1,"device":"cpu"}}
            """);
        var review = ReviewRun.Do(new(_folder["out"], 3, 40), CancellationToken.None);
        Assert.Equal(3, review.Slides.Sum(slide => slide.Places));
        Assert.Equal(["a.geojson", "b.geojson"], review.Slides.Select(slide => Path.GetFileName(slide.File)).Order());
        Assert.Equal("/gone/model", review.Model);
        Assert.Empty(review.Notes);
        Assert.Equal(4, File.ReadAllLines(_folder["out/review/places.csv"]).Length);
        Assert.Contains("may have corrected", Assert.Throws<ConfigError>(() => ReviewRun.Do(new(_folder["out"], 3, 40), CancellationToken.None)).Message);
        Directory.Move(_folder["out/review"], _folder["corrected"]);
        // Of places as doubtful as one another those of many slides come first.
        Assert.Equal([1, 1], ReviewRun.Do(new(_folder["out"], 2, 40), CancellationToken.None).Slides.Select(slide => slide.Places));
        Directory.Delete(_folder["out/review"], recursive: true);
        // A slide that is gone costs the others nothing.
        File.Delete(_folder["a.tif"]);
        var rest = ReviewRun.Do(new(_folder["out"], 4, 40), CancellationToken.None);
        Assert.Equal(["b.geojson"], rest.Slides.Select(slide => Path.GetFileName(slide.File)));
        Assert.Contains("a.tif", Assert.Single(rest.Notes));
        Assert.Equal(2, File.ReadAllLines(_folder["out/review/places.csv"]).Length);
        Directory.Delete(_folder["out/review"], recursive: true);
        Directory.Delete(_folder["out/heatmaps"], recursive: true);
        Assert.Contains("--output mask,heatmap", Assert.Throws<ConfigError>(() => ReviewRun.Do(new(_folder["out"], 2, 40), CancellationToken.None)).Message);
        Assert.Contains("no results", Assert.Throws<ConfigError>(() => ReviewRun.Do(new(_folder.Root, 2, 40), CancellationToken.None)).Message);
    }

    [Fact]
    public void A_slide_that_was_corrected_before_keeps_its_corrections_and_gets_no_places()
    {
        WriteSlide("a", doubtful: 1);
        WriteSlide("b", doubtful: 1);
        _folder.Write("out/run_metadata_20260101T000000Z.json",
            """{"model":{"network":"unet","folder":"/gone/model","class_names":["background","tumour"]}}""");
        var corrected = _folder.Write("b.corrections.geojson", "{}");
        var review = ReviewRun.Do(new(_folder["out"], 9, 40), CancellationToken.None);
        Assert.Equal([(corrected, 0), (_folder["out/review/a.geojson"], 1)], review.Slides.Select(slide => (slide.File, slide.Places)));
        Assert.Equal(["1"], File.ReadLines(_folder["out/review/places.csv"]).Skip(1).Select(line => line.Split(',')[0]));
        Assert.Contains("no such folder",
            Assert.Throws<ConfigError>(() => ReviewRun.Do(new(_folder["out"], 9, 40, "nowhere"), CancellationToken.None)).Message);
    }

    [Fact]
    public void Where_the_model_answers_differently_from_other_sides_counts()
    {
        WriteSlide("a", doubtful: 1);
        using var slide = SlideFile.Open(_folder["a.tif"]);
        var view = new SlideView(slide, 0.5, 1);
        // Classes by place in the patch and not by what is there: the leftmost quarter. Of flips and turns the middle, half of each side, is the same in all.
        var place = new ReviewPlace(10, 20, 60, 60, 0, 0);
        Assert.Equal(1 - 0.25, Views(32, 3, (x, _) => x < 8).Differ(view, place with { Width = 64, Height = 64 }), 1e-9);
        Assert.Equal(0, Views(32, 3, (_, _) => true).Differ(view, place));
        // Of a place that no patch fits exactly only its own pixels count.
        Assert.Equal(1, Views(64, 8, (x, _) => x < 32).Differ(view, place));

        _folder.Write("out/run_metadata_20260101T000000Z.json",
            """{"model":{"network":"unet","folder":"/gone/model","class_names":["background","tumour"]}}""");
        var review = ReviewRun.Do(new(_folder["out"], 1, 40, null, Views(40, 1, (x, _) => x < 20)), CancellationToken.None);
        Assert.Equal(1, Assert.Single(review.Slides).Places);
        Assert.Equal("1", File.ReadAllLines(_folder["out/review/places.csv"])[1].Split(',')[^1]);

        static TurnedViews Views(int side, int batch, Func<int, int, bool> isForeground) => new(side, batch, 2, (_, count, probabilities) =>
        {
            for (var i = 0; i < count * side * side; i++)
                (probabilities[2 * i], probabilities[2 * i + 1]) = isForeground(i % side, i / side % side) ? (0.2f, 0.8f) : (0.8f, 0.2f);
        });
    }

    private void WriteSlide(string name, int doubtful)
    {
        using (var rows = new PyramidWriter(_folder[$"{name}.tif"], 2 * Width, 2 * Height, 0.5, PyramidKind.Rgb))
        {
            rows.Write(new byte[4 * Width * Height * 3]);
            rows.Complete();
        }
        Map($"out/segmentations/{name}.tif", (x, _) => x < 200 ? 1 : 0).Dispose();
        Map($"out/heatmaps/{name}.tif", (x, y) => y < 40 && x / 100 < doubtful && x % 100 < 40 ? 127 : 0, PyramidKind.Grey8).Dispose();
        new DoneRecord(new DoneKey
        {
            Slide = _folder[$"{name}.tif"],
            Bytes = 1,
            ModifiedUtc = default,
            Model = "h",
            MicronsPerPixel = 1,
            PatchSize = 64,
        }, [], null).Save(_folder["out"], name);
    }
}
