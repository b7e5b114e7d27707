using System.Xml.Linq;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Synthesis;
using NetVips;

namespace Histoseg.Slides.Tests.Synthesis;

public sealed class SlideSynthesiserTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("histoseg-synth-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_same_seed_draws_the_same_slide_and_another_seed_another()
    {
        var first = SlideSynthesiser.Draw(5, 300, 260);
        var again = SlideSynthesiser.Draw(5, 300, 260);
        var other = SlideSynthesiser.Draw(6, 300, 260);
        Assert.Equal(first.Rgb, again.Rgb);
        Assert.Equal(first.Polygons.SelectMany(p => p.Corners), again.Polygons.SelectMany(p => p.Corners));
        Assert.NotEqual(first.Rgb, other.Rgb);
    }

    [Fact]
    public void Colour_alone_does_not_tell_tumour_from_the_rest_but_the_size_of_nuclei_does()
    {
        var train = SlideSynthesiser.Draw(1, 1600, 1600);
        var test = SlideSynthesiser.Draw(2, 1600, 1600);
        // The lead that a crude measure of shape has over colour, on a slide not trained on.
        Assert.InRange(new ColourOnlyClassifier(train, 1).Dice(test), 0.1, 0.6);
        Assert.InRange(new ColourOnlyClassifier(train, 9).Dice(test), 0.1, 0.6);
        Assert.InRange(new NuclearSizeClassifier(train).Dice(test), 0.7, 1);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_default_slide_has_nests_of_many_sizes_on_a_sensible_share_of_the_tissue(ulong seed)
    {
        // The layout depends on micrometres alone, so a coarse picture shows the same.
        var slide = SlideSynthesiser.Draw(seed, 384, 384, 4);
        var (tissue, tumour) = (0, 0);
        for (var y = 0; y < slide.Height; y++)
            for (var x = 0; x < slide.Width; x++)
            {
                if (slide.IsTissue(x, y)) tissue++;
                if (slide.IsTumour(x, y)) tumour++;
            }
        Assert.InRange((double)tumour / tissue, 0.15, 0.35);
        Assert.InRange((double)tissue / (384 * 384), 0.5, 0.9);
        var diameters = slide.Polygons.Where(p => p.Group == SyntheticPolygon.Tumour).Select(p => 4 * 2 * Math.Sqrt(Area(p.Corners) / Math.PI)).ToList();
        Assert.Contains(diameters, d => d > 600);
        Assert.Contains(diameters, d => d < 100);
        Assert.Contains(slide.Polygons, p => p.Group == SyntheticPolygon.Exclusion);
    }

    [Fact]
    public void The_polygons_are_the_truth_that_was_drawn()
    {
        var slide = SlideSynthesiser.Draw(3, 800, 640, 1);
        var wrong = 0;
        for (var y = 0; y < slide.Height; y += 3)
            for (var x = 0; x < slide.Width; x += 3)
            {
                bool In(string group) => slide.Polygons.Any(p => p.Group == group && Contains(p.Corners, x + 0.5, y + 0.5));
                if ((In(SyntheticPolygon.Tumour) && !In(SyntheticPolygon.Exclusion)) != slide.IsTumour(x, y)) wrong++;
            }
        Assert.InRange(wrong, 0, 800 * 640 / 9 / 500);
    }

    [Fact]
    public void A_set_is_written_whole_with_pyramid_scale_annotation_and_manifest()
    {
        var done = new List<int>();
        var manifest = SlideSynthesiser.WriteSet(_folder, 1, 1, 1, seed: 9, width: 640, height: 384, mpp: 0.5, done.Add);
        Assert.Equal([1, 2, 3], done);
        string[] names = ["manifest.csv", "synth_000.tif", "synth_000.xml", "synth_001.tif", "synth_001.xml", "synth_002.tif", "synth_002.xml"];
        Assert.Equal(names, Directory.GetFiles(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        using var picture = Image.NewFromFile(Path.Combine(_folder, "synth_000.tif"));
        Assert.Equal((640, 384, 3), (picture.Width, picture.Height, picture.Bands));
        Assert.Equal(2000, picture.Xres, 1e-3);
        Assert.True((int)picture.Get("n-pages") > 1);

        var groups = XDocument.Load(Path.Combine(_folder, "synth_000.xml")).Descendants("Annotation").Select(a => (string?)a.Attribute("PartOfGroup"));
        Assert.Contains("tumor", groups);
        var rows = File.ReadAllLines(manifest);
        Assert.Equal("slide,annotation,mask,split,patient,mpp", rows[0]);
        Assert.Equal("synth_001.tif,synth_001.xml,,val,patient_001,", rows[2]);
    }

    [Fact]
    public void What_was_written_is_read_back_with_its_scale_and_truth()
    {
        var drawn = SlideSynthesiser.Write(_folder, "slide", 4, 800, 700, 1);
        using var slide = SlideFile.Open(Path.Combine(_folder, "slide.tif"));
        Assert.Equal((800, 700), (slide.Levels[0].Width, slide.Levels[0].Height));
        Assert.Equal(1, slide.MicronsPerPixel!.Value, 1e-6);
        var map = new ClassMap(["rest", "tumour"], [new([SyntheticPolygon.Tumour], "tumour"), new([SyntheticPolygon.Exclusion], "rest")], [], []);
        var labels = new byte[800 * 700];
        LabelSource.FromAnnotation(AnnotationFile.Load(Path.Combine(_folder, "slide.xml")), map, 800, 700).Paint(0, 0, 800, 700, 1, labels);
        var wrong = Enumerable.Range(0, labels.Length).Count(i => labels[i] == 1 != drawn.IsTumour(i % 800, i / 800));
        Assert.InRange(wrong, 0, labels.Length / 500);
    }

    [Theory]
    [InlineData(100, 300, 0.5)]
    [InlineData(300, 20000, 0.5)]
    [InlineData(300, 300, 0)]
    [InlineData(300, 300, double.NaN)]
    public void Impossible_sizes_are_refused(int width, int height, double mpp) =>
        Assert.Throws<SlideError>(() => SlideSynthesiser.Draw(1, width, height, mpp));

    [Fact]
    public void A_folder_that_cannot_be_made_is_one_clear_error()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        var error = Assert.Throws<WriteError>(() => SlideSynthesiser.Write(Path.Combine(file, "sub"), "a", 1, 128, 128));
        Assert.DoesNotContain('\n', error.Message);
        Assert.Contains("a.tif", error.Message);
    }

    private static double Area(IReadOnlyList<(double X, double Y)> corners) =>
        Math.Abs(corners.Zip(corners.Skip(1).Append(corners[0]), (a, b) => a.X * b.Y - b.X * a.Y).Sum()) / 2;

    private static bool Contains(IReadOnlyList<(double X, double Y)> corners, double x, double y)
    {
        var inside = false;
        for (int i = 0, j = corners.Count - 1; i < corners.Count; j = i++)
            if (corners[i].Y > y != corners[j].Y > y
                && x < (corners[j].X - corners[i].X) * (y - corners[i].Y) / (corners[j].Y - corners[i].Y) + corners[i].X)
                inside = !inside;
        return inside;
    }
}
