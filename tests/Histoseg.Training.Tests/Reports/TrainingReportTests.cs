using System.Text.RegularExpressions;
using Histoseg.Segmentation.Tests.Inference;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Output;
using Histoseg.Slides.Synthesis;
using Histoseg.Training.Findings;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Tests.Reports;

public sealed partial class TrainingReportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("histoseg-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_report_is_one_file_with_everything_in_it()
    {
        var path = Path.Combine(_folder, "report.html");
        TrainingReport.Write(path, Data());
        var html = File.ReadAllText(path);
        Assert.Equal([path], Directory.GetFiles(_folder, "report*"));
        Assert.DoesNotMatch(External(), html);
        Assert.DoesNotContain("<script", html);
        Assert.Equal(2, Regex.Count(html, "<svg "));
        Assert.Equal(3 * 3 + 2, Regex.Count(html, "src=\"data:image/jpeg;base64,"));
        Assert.All(Alt().Matches(html), alt => Assert.True(alt.Groups[1].Length > 20, alt.Value));
        Assert.All(["0.912", "stroma &lt;x&gt;", "held-out Dice", "base_rate: 1"], text => Assert.Contains(text, html));
    }

    [Fact]
    public void Sections_without_content_are_left_out()
    {
        var path = Path.Combine(_folder, "report.html");
        TrainingReport.Write(path, new() { Title = "Empty", Classes = ["a", "b"] });
        Assert.DoesNotContain("<h2>", File.ReadAllText(path));
    }

    [Fact]
    public void Pictures_of_a_slide_have_one_size_and_show_where_truth_and_prediction_differ()
    {
        using var slide = Slide();
        var (large, small, view) = (new Disc(150, 150, 80), new Disc(150, 150, 40), new SlideView(slide, 0.5, 0.5));
        var picture = ReportPictures.Slide("a", new SlideView(slide, 0.5, 1), large, small, ClassPalette.Usual, longestSide: 100);
        Assert.NotEqual(picture.Picture, picture.Truth);
        Assert.NotEqual(picture.Truth, picture.Prediction);
        var patch = ReportPictures.Patch("a", view, large, small, ClassPalette.Usual, 400, 100, 64);
        Assert.NotEqual(patch.Picture, ReportPictures.Patch("a", view, new Disc(1, 1, 1), new Disc(1, 1, 1), ClassPalette.Usual, 0, 0, 64).Picture);
    }

    [Theory]
    [InlineData(100, 90)] // of a map smaller than the largest tile, which OpenSlide reads wrong in other files
    [InlineData(300, 10)]
    [InlineData(1100, 1050)]
    public void A_prediction_equal_to_the_truth_makes_the_same_picture(int width, int height)
    {
        using var slide = new FakeSlide(width, height, (x, y) => ((byte)(x % 200), (byte)(y % 200), (byte)160));
        var (view, truth) = (new SlideView(slide, 0.5, 0.5), new Disc(width * 0.6, height * 0.4, Math.Min(width, height) / 3.0));
        var path = Path.Combine(_folder, "map.tif");
        using (var writer = new PyramidWriter(path, width, height, 0.5, PyramidKind.Labels))
        {
            var labels = new byte[width * height];
            truth.Paint(0, 0, width, height, 1, labels);
            writer.Write(labels);
            writer.Complete();
        }
        using var prediction = new LabelMap(path, slide);
        var picture = ReportPictures.Slide("a", view, truth, prediction, ClassPalette.Usual, longestSide: Math.Max(width, height));
        Assert.NotEqual(picture.Picture, picture.Truth);
        Assert.Equal(picture.Truth, picture.Prediction);
    }

    [Fact]
    public void The_patch_where_classes_meet_is_found_by_one_coarse_look()
    {
        const int patch = 64, side = 200 * patch;
        using var slide = new FakeSlide(side, side, (_, _) => (200, 60, 160));
        // A region across a border of two patches.
        var truth = new Counted(new Disc(100 * patch + 4, 50.5 * patch, 20));
        Assert.Equal((6400, 3200), BorderPatch.Of(new SlideView(slide, 0.5, 0.5), truth, patch));
        Assert.Equal(1, truth.Calls);
        Assert.InRange(truth.Points, 1, 1024 * 1024);
        Assert.Null(BorderPatch.Of(new SlideView(slide, 0.5, 0.5), new Disc(-9, -9, 1), patch));
    }

    [Fact]
    public void Names_from_outside_are_text_in_the_report_and_never_markup()
    {
        const string evil = "<script>alert('x')</script>\"&";
        var path = Path.Combine(_folder, "report.html");
        var pixel = new ReportPicture(evil, [1], [1], [1]);
        TrainingReport.Write(path, new()
        {
            Title = evil,
            Summary = evil,
            Classes = ["background", evil],
            Headlines = [new(evil, evil, evil)],
            Metrics = [new(1, 1, 1, 1, 1, 1, 1, 1, [0.5, 0.5]), new(2, 1, 1, 1, 1, 1, 1, 1, [0.5, 0.5])],
            Results = [new(evil, evil, [1, 1], [1, 1])],
            Slides = [pixel],
            SlidesNote = evil,
            Borders = [pixel],
            Worst = [pixel],
            WorstNote = evil,
            Seen = [new(evil, [1], [1])],
            Status = new(evil, 30),
            Answers = [new(Question.Next, evil)],
            ScoresNote = evil,
            Confusion = new([[1, 2], [3, 4]], [0, 0]),
            Patients = [new(evil, 1, new([[1, 2], [3, 4]], [0, 0]))],
            Balances = [new(evil, [1, 2])],
            Timings = [new(evil, evil, evil)],
            Config = evil,
        });
        var html = File.ReadAllText(path);
        Assert.DoesNotContain("<script", html);
        Assert.DoesNotContain("alert('x')", html);
        Assert.Contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;", html);
    }

    private static string[] Names => ["background", "tumour", "stroma <x>"];

    private TrainingReportData Data()
    {
        var random = new Random(1);
        using var slide = Slide();
        var view = new SlideView(slide, 0.5, 0.5);
        var (truth, prediction) = (new Disc(150, 150, 80), new Disc(160, 150, 75));
        var whole = ReportPictures.Slide("", view, truth, truth, ClassPalette.Usual);
        return new()
        {
            Title = "Tumour segmentation, slim network",
            Summary = "resnet50-gicn-gpp, width 8, trained on 4 synthetic slides and tried on one it had not seen.",
            Classes = Names,
            Headlines =
            [
                new("held-out Dice, tumour", "0.912", "1 slide, all pixels"),
                new("training", "4 min 12 s", "600 iterations"),
                new("speed", "9.4 patches/s", "128 × 128 pixels"),
                new("parameters", "0.52 M"),
            ],
            Metrics = [.. Enumerable.Range(1, 600)
                .Select(i =>
                new MetricsRow(i, i * 0.4, Decay(i) + 0.2 * random.NextDouble(), Decay(i) * 0.8 + 0.15 * random.NextDouble(), 0.4 * Decay(i), 1e-3, 0.5, 9.4,
                i % 100 == 0 ? [0.95, 0.9 - 0.6 * Decay(i), 0.8 - 0.7 * Decay(i)] : null))],
            Results = [new("synth_004", "val", [0.981, 0.9, 0.7], [0.95, 0.82, 0.6]), new("synth_005", "test", [0.99, 0.912, 0.71], [0.97, 0.84, 0.61])],
            Pooled = new("all", "", [0.985, 0.906, 0.705], [0.96, 0.83, 0.605]),
            Slides = [ReportPictures.Slide("synth_005 (test)", view, truth, prediction, ClassPalette.Usual)],
            Borders = [ReportPictures.Patch("synth_005 at (32, 64)", view, truth, prediction, ClassPalette.Usual, 32, 64, 96)],
            Worst = [ReportPictures.Patch("synth_005 at (0, 96)", view, truth, prediction, ClassPalette.Usual, 0, 96, 96)],
            WorstNote = "The worst.",
            Seen = [new("synth_001", whole.Picture, whole.Truth)],
            Timings = [new("reading and augmenting patches", "12.1 s", "in the background"), new("forward and backward", "231 s", "92 % of the time"),
                new("validation", "8.4 s")],
            Config = "seed: 1\nbase_rate: 1\n",
        };
    }

    private static double Decay(int iteration) => Math.Exp(-iteration / 150.0);

    private ISlide Slide()
    {
        SlideSynthesiser.Write(_folder, "slide", seed: 3, 320, 320);
        return SlideFile.Open(Path.Combine(_folder, "slide.tif"));
    }

    // Nothing may be fetched; links to other places would break where the report is read.
    [GeneratedRegex("(src|href)=\"(?!data:)")]
    private static partial Regex External();

    [GeneratedRegex("<img [^>]*?alt=\"([^\"]*)\"")]
    private static partial Regex Alt();

    private sealed class Counted(ILabelSource inner) : ILabelSource
    {
        public int Calls { get; private set; }
        public long Points { get; private set; }

        public void Paint(int x, int y, int width, int height, double downsample, Span<byte> labels)
        {
            Calls++;
            Points += (long)width * height;
            inner.Paint(x, y, width, height, downsample, labels);
        }
    }

    /// <summary>Labels with a disc of class 1, in level-0 pixels.</summary>
    private sealed class Disc(double cx, double cy, double radius) : ILabelSource
    {
        public void Paint(int x, int y, int width, int height, double downsample, Span<byte> labels)
        {
            for (var j = 0; j < height; j++)
            {
                for (var i = 0; i < width; i++)
                {
                    var (dx, dy) = ((x + i + 0.5) * downsample - cx, (y + j + 0.5) * downsample - cy);
                    labels[j * width + i] = dx * dx + dy * dy < radius * radius ? (byte)1 : (byte)0;
                }
            }
        }
    }
}
