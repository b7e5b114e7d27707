using System.Buffers.Binary;
using System.Net;
using System.Text.Json;
using Histoseg.Segmentation.Inference;
using Histoseg.Slides.Output;

namespace Histoseg.View.Tests;

/// <summary>What the list and the regions tell of slides.</summary>
public sealed class ListTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public ListTests() => DrawnSlide.WriteAll(_folder);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_slide_has_its_areas_and_the_Dice_of_the_annotation_beside_it()
    {
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        var slide = Assert.Single(await visitor.Slides());
        Assert.Equal("one", slide.GetProperty("name").GetString());
        Assert.Equal(0.04, slide.GetProperty("areas").GetProperty("tumour").GetDouble(), 9);
        Assert.Equal(0.01, slide.GetProperty("areas").GetProperty("stroma").GetDouble(), 9);
        // Tumour in thousands of pixels: predicted 160, true 150, both 110.
        Assert.Equal(2 * 110 / 310.0, slide.GetProperty("dice").GetProperty("tumour").GetDouble(), 9);
        Assert.Equal(JsonValueKind.Null, slide.GetProperty("error").ValueKind);
    }

    [Fact]
    public async Task Classes_have_the_colours_of_the_model()
    {
        _folder.Write("out/run_metadata_20270101T000000Z.json",
            """{"model":{"folder":"/gone/model","class_names":["background","tumour","stroma"],"class_colours":{"stroma":"#0A0b0c"}}}""");
        File.SetLastWriteTimeUtc(_folder["out/run_metadata_20270101T000000Z.json"], DateTime.UtcNow.AddMinutes(1));
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        var slide = await visitor.Json(await visitor.OnlySlide());
        Assert.Equal(["#808080", "#ffc400", "#0a0b0c"], slide.GetProperty("classes").EnumerateArray().Select(one => one.GetProperty("colour").GetString()));
    }

    [Fact]
    public async Task An_evaluation_in_the_folder_is_what_counts()
    {
        _folder.Write("out/evaluation.csv", "slide,class,dice\r\none,background,0.9\r\none,tumour,0.625\r\n(pooled),tumour,0.1\r\n");
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        var score = Assert.Single(Assert.Single(await visitor.Slides()).GetProperty("dice").EnumerateObject());
        Assert.Equal(("tumour", 0.625), (score.Name, score.Value.GetDouble()));
    }

    [Fact]
    public async Task Results_that_come_while_it_runs_appear()
    {
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        Assert.Single(await visitor.Slides());
        DrawnSlide.AddResults(_folder["out"], DrawnSlide.Write(_folder["slides/two.tif"]), "two");
        while ((await visitor.Slides()).Count < 2)
            await Task.Delay(50);
        Assert.Equal(["one", "two"], (await visitor.Slides()).Select(slide => slide.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task A_slide_whose_files_are_being_put_in_place_waits_for_its_note()
    {
        File.Copy(_folder["out/segmentations/one.tif"], _folder["out/segmentations/two.tif"]);
        _folder.Write("out/.done/two.claim", "{}");
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        Assert.Single(await visitor.Slides());
        Assert.True((await visitor.Json("/api/state")).GetProperty("isRunning").GetBoolean());
        // One that a killed program left.
        File.SetLastWriteTimeUtc(_folder["out/.done/two.claim"], new(2020, 1, 1));
        while ((await visitor.Slides()).Count < 2)
            await Task.Delay(50);
        Assert.Contains("no longer there", (await visitor.Slides())[1].GetProperty("error").GetString());
        Assert.False((await visitor.Json("/api/state")).GetProperty("isRunning").GetBoolean());
    }

    [Fact]
    public async Task A_slide_that_is_segmented_anew_is_shown_without_results()
    {
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        var before = Assert.Single(await visitor.Slides());
        File.Delete(_folder["out/.done/one.json"]);
        _folder.Write("out/.done/one.claim", JsonSerializer.Serialize(ClaimNote.Mine(_folder["slides/one.tif"]), RunMetadata.Json));
        JsonElement now;
        do
            now = Assert.Single(await visitor.Slides());
        while (now.GetProperty("hasLabels").GetBoolean());
        Assert.Equal(before.GetProperty("id").GetString(), now.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Groups_of_a_slide_without_results_have_colours_of_their_own()
    {
        using var viewer = SlideViewer.Start(new([_folder["slides"]]));
        using var visitor = new Visitor(viewer);
        var colours = (await visitor.Json(await visitor.OnlySlide())).GetProperty("otherColours").EnumerateArray().Select(one => one.GetString()).ToList();
        Assert.Equal(6, colours.Take(6).Distinct().Count());
    }

    [Fact]
    public async Task A_slide_segmented_again_gets_another_version()
    {
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        async Task<string?> Version() => (await visitor.Slides())[0].GetProperty("version").GetString();
        var before = await Version();
        File.SetLastWriteTimeUtc(_folder["out/segmentations/one.tif"], new(2030, 1, 1));
        while (await Version() == before)
            await Task.Delay(50);
    }

    [Fact]
    public async Task A_slide_cut_short_is_told_of_and_the_others_are_shown()
    {
        var whole = File.ReadAllBytes(_folder["slides/one.tif"]);
        _folder.Write("slides/short.tif", whole[..(whole.Length / 2)]);
        _folder.Write("slides/text.png", "no picture");
        using var viewer = SlideViewer.Start(new([_folder["slides"]]));
        using var visitor = new Visitor(viewer);
        var slides = await visitor.Slides();
        Assert.Equal(3, slides.Count);
        foreach (var name in new[] { "short", "text" })
        {
            var slide = slides.Single(one => one.GetProperty("name").GetString() == name);
            Assert.Contains(name, slide.GetProperty("error").GetString());
            var (status, bytes) = await visitor.Bytes($"/api/slides/{slide.GetProperty("id").GetString()}/picture/11/0_0");
            Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
            Assert.Contains(name, JsonDocument.Parse(bytes).RootElement.GetProperty("error").GetString());
        }
        var good = slides.Single(one => one.GetProperty("name").GetString() == "one").GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.OK, (await visitor.Bytes($"/api/slides/{good}/picture/11/0_0")).Status);
    }

    [Fact]
    public async Task Failures_are_listed()
    {
        _folder.Write("out/failures.csv", "slide,error\r\n/slides/bad.svs,/slides/bad.svs: it is broken\r\n");
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        var slides = await visitor.Slides();
        Assert.Equal(["one", "bad"], slides.Select(slide => slide.GetProperty("name").GetString()));
        Assert.Equal("/slides/bad.svs: it is broken", slides[1].GetProperty("error").GetString());
    }

    [Fact]
    public async Task A_slide_that_was_moved_is_found_where_the_user_says()
    {
        Directory.Move(_folder["slides"], _folder["moved"]);
        using (var lost = SlideViewer.Start(new([_folder["out"]])))
        using (var visitor = new Visitor(lost))
            Assert.Contains("no longer there", Assert.Single(await visitor.Slides()).GetProperty("error").GetString());
        using var viewer = SlideViewer.Start(new([_folder["out"], _folder["moved"]]));
        using var other = new Visitor(viewer);
        Assert.All(await other.Slides(), slide => Assert.Equal(JsonValueKind.Null, slide.GetProperty("error").ValueKind));
    }

    [Fact]
    public async Task A_run_shows_its_validation_slides_with_their_truth()
    {
        DrawnSlide.Write(_folder["slides/two.tif"]);
        DrawnSlide.Annotate(_folder["slides/two.tif"]);
        _folder.Write("list.csv", "slide,annotation,split\nslides/one.tif,slides/one.geojson,train\nslides/two.tif,slides/two.geojson,val\n");
        Directory.CreateDirectory(_folder["run"]);
        File.WriteAllText(_folder["run/config.yaml"], """
            data:
              manifest: ../list.csv
              mpp: 1
              classes: [background, growth]
              labels: [{groups: [tumour], class: growth}]
              ignored_groups: [vessel]
            """);
        using var viewer = SlideViewer.Start(new([_folder["run"]]));
        using var visitor = new Visitor(viewer);
        var waiting = Assert.Single(await visitor.Slides());
        Assert.Equal("two", waiting.GetProperty("name").GetString());
        Assert.False(waiting.GetProperty("hasLabels").GetBoolean());
        using (var rows = new PyramidWriter(_folder["run/validation/two.tif"], 800, 600, 1, PyramidKind.Labels))
        {
            for (var y = 0; y < 600; y++)
                rows.Write([.. Enumerable.Range(0, 800).Select(x => DrawnSlide.LabelAt(2 * x, 2 * y) == 1 ? (byte)1 : (byte)0)]);
            rows.Complete();
        }
        JsonElement slide;
        while (!(slide = Assert.Single(await visitor.Slides())).GetProperty("hasLabels").GetBoolean())
            await Task.Delay(50);
        Assert.Equal(2 * 110 / 310.0, slide.GetProperty("dice").GetProperty("growth").GetDouble(), 9);
    }

    [Fact]
    public async Task Regions_come_by_size_and_what_differs_from_the_truth_beside_them()
    {
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        var regions = await visitor.Json($"{await visitor.OnlySlide()}/regions");
        string[] numbers = ["label", "left", "top", "right", "bottom", "area"];
        double[][] Boxes(string list) => [.. regions.GetProperty(list).EnumerateArray()
            .Select(region => numbers.Select(name => region.GetProperty(name).GetDouble()).ToArray())];
        Assert.Equal([[1, 400, 200, 800, 600, 160000], [2, 1200, 800, 1400, 1000, 40000]], Boxes("predicted"));
        Assert.Equal([[1, 400, 200, 500, 600, 40000], [1, 800, 200, 900, 600, 40000], [2, 1200, 800, 1400, 1000, 40000], [1, 600, 300, 700, 400, 10000]],
            Boxes("wrong").OrderByDescending(box => box[5]).ThenBy(box => box[1]).ToArray());
        var doubt = regions.GetProperty("predicted").EnumerateArray().Select(region => region.GetProperty("uncertainty").GetDouble()).ToList();
        Assert.Equal((255 - 205) / 255.0, doubt[0], 9);
        Assert.Equal((255 - 25) / 255.0, doubt[1], 9);
    }

    [Fact]
    public async Task Specks_are_no_regions_to_go_to_and_each_region_has_a_place_inside()
    {
        // A speck of 15 pixels, a region of 16, and one whose box has its middle outside.
        (int Left, int Top, int Width, int Height)[] boxes = [(10, 10, 5, 3), (30, 10, 4, 4), (100, 100, 10, 100), (100, 190, 100, 10)];
        byte Label(int x, int y) => boxes.Any(box => x >= box.Left && x < box.Left + box.Width && y >= box.Top && y < box.Top + box.Height) ? (byte)1 : (byte)0;
        var path = _folder["out/" + OutputKinds.Mask.RelativePath("one")];
        using (var rows = OutputKinds.Mask.Open(new(OutputKinds.Mask, path, DrawnSlide.Width / 2, DrawnSlide.Height / 2, 1, 2, DrawnSlide.Classes)))
        {
            for (var y = 0; y < DrawnSlide.Height / 2; y++)
                rows.Write([.. Enumerable.Range(0, DrawnSlide.Width / 2).Select(x => Label(x, y))]);
            rows.Complete();
        }
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        var regions = (await visitor.Json($"{await visitor.OnlySlide()}/regions")).GetProperty("predicted").EnumerateArray().ToList();
        double Number(JsonElement region, string name) => region.GetProperty(name).GetDouble();
        Assert.Equal([4 * 1900, 4 * 16], regions.Select(region => Number(region, "area")));
        Assert.All(regions, region => Assert.Equal(1, Label((int)(Number(region, "x") / 2), (int)(Number(region, "y") / 2))));
    }

    [Fact]
    public async Task The_places_of_a_review_are_counted_and_what_came_with_a_mark_is_none()
    {
        static string Feature(string name, int left) => $$$"""
            {"type":"Feature","properties":{"classification":{"name":"{{{name}}}"}},
            "geometry":{"type":"Polygon","coordinates":[[[{{{left}}},10],[{{{left + 80}}},10],[{{{left + 80}}},90],[{{{left}}},10]]]}}
            """;
        void Write(params string[] features) =>
            _folder.Write("out/review/one.geojson", $$"""{"type":"FeatureCollection","features":[{{string.Join(',', features)}}]}""");
        Directory.CreateDirectory(_folder["out/review"]);
        Write(Feature("to review", 10), Feature("reviewed", 110), Feature("to review", 210), Feature("tumour", 310), Feature("reviewed", 310));
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        async Task Becomes(int count, int reviewed)
        {
            while (true)
            {
                var places = Assert.Single(await visitor.Slides()).GetProperty("places");
                if (places.ValueKind == JsonValueKind.Object && places.GetProperty("reviewed").GetInt32() == reviewed)
                {
                    Assert.Equal(count, places.GetProperty("count").GetInt32());
                    return;
                }
                await Task.Delay(20);
            }
        }
        await Becomes(3, 1);
        Write(Feature("reviewed", 10), Feature("reviewed", 110), Feature("to review", 210));
        await Becomes(3, 2);
    }

    [Fact]
    public async Task Polygons_come_with_their_groups_rings_and_points()
    {
        using var viewer = SlideViewer.Start(new([_folder["out"]]));
        using var visitor = new Visitor(viewer);
        var pack = (await visitor.Bytes($"{await visitor.OnlySlide()}/outlines/annotated")).Bytes;
        var text = BinaryPrimitives.ReadInt32LittleEndian(pack);
        Assert.Equal(["background", "tumour", "stroma", "vessel"],
            JsonDocument.Parse(pack.AsMemory(4, text)).RootElement.GetProperty("groups").EnumerateArray().Select(group => group.GetString()));
        var at = 4 + text;
        int[] Whole(int count) => [.. Enumerable.Range(0, count).Select(_ => BinaryPrimitives.ReadInt32LittleEndian(pack.AsSpan((at += 4) - 4)))];
        float[] Real(int count) => [.. Enumerable.Range(0, count).Select(_ => BinaryPrimitives.ReadSingleLittleEndian(pack.AsSpan((at += 4) - 4)))];
        Assert.Equal([2, 3, 11], Whole(3));
        Assert.Equal([1, 3], Whole(2));
        Assert.Equal([0, 2, 3], Whole(3));
        Assert.Equal([500, 200, 900, 600, 100, 900, 300, 1100], Real(8));
        Assert.Equal([0, 4, 8, 11], Whole(4));
        Assert.Equal([500, 200, 900, 200, 900, 600, 500, 600], Real(8));
        Assert.Equal(pack.Length, at + (4 * 14));
    }

    [Fact]
    public void What_is_not_there_is_told_before_anything_listens() =>
        Assert.Contains("no such file or folder", Assert.ThrowsAny<UserError>(() => SlideViewer.Start(new([_folder["nowhere"]]))).Message);
}
