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
        var (slides, unmatched, _) =
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
        Assert.True(InputPattern.Matches(path.Split('/'), pattern.Split('/'), windows: true));
        Assert.Equal(!onWindowsAlone, InputPattern.Matches(path.Split('/'), pattern.Split('/'), windows: false));
    }

    [Fact]
    public void The_output_folder_is_left_out_in_any_case_on_Windows()
    {
        Assert.True(FolderSearch.IsIn(Of("data", "Out"), Of("Data", "out", "segmentations"), windows: true));
        Assert.True(FolderSearch.IsIn(Of("data", "Out"), Of("Data", "out"), windows: true));
        Assert.False(FolderSearch.IsIn(Of("data", "Out"), Of("data", "out", "segmentations"), windows: false));
        Assert.False(FolderSearch.IsIn(Of("data", "out"), Of("data", "out2"), windows: true));

        static string Of(params string[] parts) => string.Join(Path.DirectorySeparatorChar, ["", .. parts]);
    }

    [Fact]
    public void A_link_to_a_folder_seen_already_is_not_followed_again()
    {
        var crossing = Directory.CreateDirectory(Path.Combine(_root, "crossing")).FullName;
        Directory.CreateDirectory(Path.Combine(crossing, "p"));
        Directory.CreateDirectory(Path.Combine(crossing, "q"));
        File.WriteAllText(Path.Combine(crossing, "p", "one.tif"), "");
        Link("crossing/again_" + new string('x', 100), crossing, folder: true);
        Link("crossing/p/to_q", Path.Combine(crossing, "q"), folder: true);
        Link("crossing/q/to_p", Path.Combine(crossing, "p"), folder: true);
        Assert.Equal(["crossing/p/one.tif"], Found("crossing"));
        Assert.Equal(["crossing/p/one.tif"], Found("crossing/**/*.tif"));
        // From one of them the other is reached by the link alone.
        Assert.Equal(["crossing/q/to_p/one.tif"], Found("crossing/q"));
    }

    [Fact]
    public void Links_that_lead_nowhere_or_in_a_circle_are_named()
    {
        Directory.CreateDirectory(Path.Combine(_root, "links"));
        Link("links/gone.svs", Path.Combine(_root, "nothing"), folder: false);
        Link("links/circle.svs", Path.Combine(_root, "links", "circle.svs"), folder: false);
        Link("links/deep.svs", Path.Combine(_root, "links", "deep.svs", "er"), folder: false);
        Link("links/gone", Path.Combine(_root, "nothing"), folder: true);
        Link("links/good.svs", Path.Combine(_root, "a.svs"), folder: false);
        var found = SlideInputs.Find([Path.Combine(_root, "links")]);
        Assert.Equal([Path.Combine(_root, "links", "good.svs")], found.Slides);
        Assert.Equal(["circle.svs", "deep.svs", "gone.svs"], found.Unmatched.Select(input => Path.GetFileName(input.Input)));
        Assert.All(found.Unmatched, input => Assert.Contains("which is not there or leads in a circle", input.Error));
        Assert.Contains("leads in a circle", Assert.Single(SlideInputs.Find([Path.Combine(_root, "links", "gone.svs")]).Unmatched).Error);
        Assert.Single(SlideInputs.Find([Path.Combine(_root, "links", "good.svs")]).Slides);
    }

    [Fact]
    public void Results_of_an_earlier_run_are_left_out_and_told()
    {
        foreach (var file in new[] { "old/run_metadata_20260101T000000Z.json", "old/segmentations/a.tif", "old/heatmaps/a.tif", "old/more/b.tif",
            "mine/segmentations/c.tif" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, file))!);
            File.WriteAllText(Path.Combine(_root, file), "");
        }
        Assert.Equal(["old/more/b.tif"], Found("old"));
        Assert.Equal(["mine/segmentations/c.tif"], Found("mine"));
        Assert.Equal(["old/segmentations/a.tif"], Found("old/segmentations"));
        var note = Assert.Single(SlideInputs.Find([Path.Combine(_root, "old")]).Notes);
        Assert.Contains("results of earlier runs are not taken for slides (heatmaps, segmentations)", note);
    }

    [Fact]
    public void Unknown_kinds_and_masks_are_told_in_a_line_each_and_companions_are_not()
    {
        foreach (var file in new[] { "1.isyntax", "2.isyntax", "3.isyntax", "4.ISYNTAX", "README", "a.xml", "a.geojson", ".hidden.isyntax", "good.svs",
            "good_mask.png", "x.tif.partial-01234567" })
        {
            Directory.CreateDirectory(Path.Combine(_root, "kinds"));
            File.WriteAllText(Path.Combine(_root, "kinds", file), "");
        }
        var folder = Path.Combine(_root, "kinds");
        var found = SlideInputs.Find([folder]);
        Assert.Equal([Path.Combine(folder, "good.svs")], found.Slides);
        Assert.Empty(found.Unmatched);
        Assert.Equal(
        [
            $"{folder}: 1 file named as masks are not taken for slides (good_mask.png)",
            $"{folder}: 1 file without extension left out, of no kind this program looks for (README)",
            $"{folder}: 4 files .isyntax left out, of no kind this program looks for (1.isyntax, 2.isyntax, 3.isyntax, …)",
        ], found.Notes);
    }

    [Theory]
    [InlineData("3.4.1", true)]
    [InlineData("4.0.0", false)]
    [InlineData("10.1", false)]
    [InlineData("unknown", true)]
    [InlineData(null, true)]
    public void DICOM_takes_OpenSlide_4(string? version, bool needsNewer)
    {
        Assert.Equal(needsNewer, FolderContent.NeedsNewerOpenSlide(version, out var found));
        Assert.Contains(version ?? "none", found);
    }

    [Fact]
    public void A_folder_of_DICOM_that_cannot_be_read_is_one_line()
    {
        var openSlide = Histoseg.Slides.OpenSlide.OpenSlideLibrary.Found;
        var folder = Directory.CreateDirectory(Path.Combine(_root, "series")).FullName;
        for (var i = 0; i < 12; i++)
            File.WriteAllBytes(Path.Combine(folder, $"{i}.dcm"), SmallDicom.Write("1.2.3", isImplicit: false));
        var found = SlideInputs.Find([folder]);
        if (!FolderContent.NeedsNewerOpenSlide(openSlide.IsAvailable ? openSlide.Version : null, out _))
            Assert.Equal([Path.Combine(folder, "0.dcm")], found.Slides);
        else
            Assert.Contains("12 files .dcm (DICOM): to read them takes OpenSlide 4 or newer", Assert.Single(found.Unmatched).Error);
    }

    [Fact]
    public void The_files_of_a_DICOM_series_are_one_slide()
    {
        string Place(string name, byte[] content)
        {
            var path = Path.Combine(_root, "dicom", name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
            return path;
        }
        string[] files =
        [
            Place("a.dcm", SmallDicom.Write("1.2.3", isImplicit: false)), Place("b.dcm", SmallDicom.Write("1.2.3", isImplicit: true)),
            Place("c.dcm", SmallDicom.Write("1.2.4", isImplicit: false)), Place("d.dcm", "none"u8.ToArray()), Place("e.dcm", []),
            Place("other/a.dcm", SmallDicom.Write("1.2.3", isImplicit: false)), Place("z.tif", []),
        ];
        var notes = new List<string>();
        var slides = FolderContent.OneOfEachSeries("in", files, notes);
        Assert.Equal(files.Except([files[1]]), slides);
        Assert.Equal("in: 6 files .dcm (DICOM) are 5 slides, of which each is opened by its first file (a.dcm, c.dcm, d.dcm, …)", Assert.Single(notes));
        Assert.Equal([files[3], files[6]], FolderContent.OneOfEachSeries("in", [files[3], files[6]], notes));
        Assert.Single(notes);
    }

    [SkippableFact]
    public void Names_that_are_no_text_are_told_where_a_slide_may_be_behind_them()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "names on Linux are bytes");
        var folder = Directory.CreateDirectory(Path.Combine(_root, "bytes")).FullName;
        Run("bash", "-c", "cd \"$0\" && touch $'a\\xff.tif' $'notes\\xff.txt' && mkdir $'more\\xff'", folder);
        Assert.Equal([$"{folder}/a\uFFFD.tif: its name is not valid UTF-8; rename it", $"{folder}/more\uFFFD: its name is not valid UTF-8; rename it"],
            SlideInputs.Find([folder]).Unmatched.Select(input => input.Error));
        Run("rm", "-r", folder); // .NET cannot: it does not know the names either
    }

    [SkippableFact]
    public void Pipes_are_named_and_never_opened()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "named pipes of Linux");
        var folder = Directory.CreateDirectory(Path.Combine(_root, "pipes")).FullName;
        Run("mkfifo", Path.Combine(folder, "p.svs"), Path.Combine(folder, "other"));
        var found = SlideInputs.Find([folder]);
        Assert.Empty(found.Slides);
        Assert.Contains(found.Unmatched, input => input.Error == $"{folder}/p.svs: this is a named pipe, not a regular file; take it out of the folder");
        var error = Assert.Throws<SlideError>(() => Histoseg.Slides.Opening.SlideFile.Open(Path.Combine(folder, "p.svs")));
        Assert.Contains("this is a named pipe, not a regular file", error.Message);
        Assert.Contains("this is a device", Assert.Throws<SlideError>(() => Histoseg.Slides.Opening.SlideFile.Open("/dev/zero")).Message);
    }

    [SkippableFact]
    public void An_unreadable_folder_is_named_and_the_others_are_searched()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && !Environment.IsPrivilegedProcess, "permissions of Linux, which do not hold for root");
        var closed = Directory.CreateDirectory(Path.Combine(_root, "deep", "closed")).FullName;
        Run("chmod", "000", closed);
        try
        {
            var found = SlideInputs.Find([Path.Combine(_root, "deep")]);
            Assert.Equal(2, found.Slides.Count);
            Assert.Equal($"{closed}: this folder cannot be read: no permission; check who may use it and the folder it is in",
                Assert.Single(found.Unmatched).Error);
            Assert.Empty(SlideInputs.Find([Path.Combine(_root, "deep", "*.ndpi")]).Unmatched);
        }
        finally
        {
            Run("chmod", "700", closed);
        }
    }

    [Fact]
    public void Names_leave_room_for_the_extensions_of_outputs_in_any_script()
    {
        string[] paths = [$"x/{new string('k', 251)}.svs", $"x/{new string('病', 83)}.svs", $"x/{new string('病', 82)}理.svs", $"y/{new string('k', 251)}.svs"];
        var names = SlideNames.Unique(paths);
        Assert.Equal(4, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.All(names, name => Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(name + ".geojson.partial-01234567"), 150, 255));
        Assert.Equal(names, SlideNames.Unique(paths));
        Assert.Equal([new string('k', 215)], SlideNames.Unique([$"{new string('k', 215)}.svs"]));
    }

    private void Link(string path, string target, bool folder)
    {
        if (folder)
            Directory.CreateSymbolicLink(Path.Combine(_root, path), target);
        else
            File.CreateSymbolicLink(Path.Combine(_root, path), target);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
