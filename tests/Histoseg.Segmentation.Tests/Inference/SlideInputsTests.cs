using Histoseg.Segmentation.Inference;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Tests.Inference;

public sealed class SlideInputsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("histoseg-inputs-").FullName;

    public SlideInputsTests()
    {
        foreach (var file in new[] { "a.svs", "b.TIF", "b.mask.png", "c_mask.tif", "notes.txt", "deep/d.ndpi", "deep/er/e.jpg", "vms/f.vms", "vms/f_map.jpg",
            "[x].png" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, file))!);
            File.WriteAllText(Path.Combine(_root, file), "");
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private string[] Found(params string[] inputs) =>
        [.. SlideInputs.Find(inputs.Select(input => Path.Combine(_root, input))).Slides.Select(path => Path.GetRelativePath(_root, path).Replace('\\', '/'))];

    [Fact]
    public void Folders_give_slides_at_any_depth_and_no_masks() =>
        Assert.Equal(["[x].png", "a.svs", "b.TIF", "deep/d.ndpi", "deep/er/e.jpg", "vms/f.vms"], Found("."), StringComparer.Ordinal);

    [Fact]
    public void Files_are_taken_whatever_they_are_called() => Assert.Equal(["notes.txt", "b.mask.png", "[x].png"], Found("notes.txt", "b.mask.png", "[x].png"));

    [Fact]
    public void Patterns_match_in_one_folder_or_at_any_depth()
    {
        Assert.Equal(["a.svs"], Found("*.svs"));
        Assert.Equal(["deep/d.ndpi"], Found("d??p/*"));
        Assert.Equal(["deep/er/e.jpg", "vms/f_map.jpg"], Found("**/*.jpg"));
        Assert.Equal(["deep/d.ndpi", "deep/er/e.jpg"], Found("deep/**"));
    }

    [Fact]
    public void No_slide_comes_twice() => Assert.Equal(["a.svs", "b.TIF"], Found("a.svs", "*.svs", "b.TIF"));

    [Fact]
    public void Inputs_without_slides_are_told_with_the_reason()
    {
        Directory.CreateDirectory(Path.Combine(_root, "empty"));
        var (slides, unmatched) =
            SlideInputs.Find([Path.Combine(_root, "empty"), Path.Combine(_root, "gone.svs"), Path.Combine(_root, "*.xyz"), Path.Combine(_root, "gone", "*")]);
        Assert.Empty(slides);
        Assert.Equal(4, unmatched.Count);
        Assert.Contains("no slides", unmatched[0].Error);
        Assert.Contains("no such file", unmatched[1].Error);
    }

    [Fact]
    public void Names_are_short_where_they_can_be()
    {
        Assert.Equal(["s", "t"], SlideNames.Unique(["x/s.svs", "y/t.svs"]));
        Assert.Equal(["x_s", "y_s"], SlideNames.Unique(["x/s.svs", "y/s.svs"]));
        Assert.Equal(["p1_x_s", "p2_x_s"], SlideNames.Unique(["p1/x/s.svs", "p2/x/s.svs"]));
        Assert.Equal(["s_svs", "s_tif"], SlideNames.Unique(["x/s.svs", "x/s.tif"]));
        // A slide that has the name another one would be given.
        Assert.Equal(3, SlideNames.Unique(["x/s.svs", "y/s.svs", "z/x_s.svs"]).Distinct().Count());
        Assert.Equal(2, SlideNames.Unique(["x/S.svs", "y/s.svs"]).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Throws<SlideError>(() => SlideNames.Unique(["x/S.svs", "x/s.svs"]));
    }

    [Theory]
    [InlineData("Slides/A.SVS", "slides/*.svs", true)]
    [InlineData("slides/a.svs", "slides/*.svs", false)]
    [InlineData("slides/x/a.svs", "**/*.SVS", true)]
    public void Windows_takes_names_in_any_case_for_the_same(string path, string pattern, bool onWindowsAlone)
    {
        Assert.True(SlideInputs.Matches(path.Split('/'), pattern.Split('/'), windows: true));
        Assert.Equal(!onWindowsAlone, SlideInputs.Matches(path.Split('/'), pattern.Split('/'), windows: false));
    }

    [Fact]
    public void The_output_folder_is_left_out_in_any_case_on_Windows()
    {
        Assert.True(SlideInputs.IsIn(@"C:\data\Out\", @"c:\Data\out\segmentations\a.tif", windows: true));
        Assert.False(SlideInputs.IsIn("/data/Out/", "/data/out/a.tif", windows: false));
        Assert.False(SlideInputs.IsIn(@"C:\data\out\", @"C:\data\out2\a.tif", windows: true));
    }
}
