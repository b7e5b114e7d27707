using Histoseg.Slides.Annotations;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Sampling;
using NetVips;

namespace Histoseg.Slides.Tests.Annotations;

public sealed class DatasetCheckTests : IDisposable
{
    private static readonly ClassMap _map = Samples.Map(["rest", "tumour", "necrosis"], [("tumour", "tumour"), ("hole", "rest")], ignored: ["None"]);
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private void SavePicture(string name, int width, int height, byte value)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        using var image = Image.NewFromMemory(Enumerable.Repeat(value, width * height * 3).ToArray(), width, height, 3, Enums.BandFormat.Uchar);
        image.WriteToFile(_folder[name]);
    }

    [Fact]
    public void Every_slide_gets_its_findings_and_a_bad_one_stops_no_other()
    {
        SavePicture("good.png", 40, 40, 180);
        SavePicture("x/good.png", 40, 40, 180);
        SavePicture("white.png", 40, 40, 255);
        SavePicture("small.png", 9, 9, 180);
        SavePicture("wide.png", 32, 40, 180);
        _folder.Write("text.tif", "no slide");
        _folder.Write("a.xml", Samples.Asap);
        _folder.Write("other.xml", Samples.Asap.Replace("\"tumour\"", "\"lymph node\""));
        _folder.Write("holes.xml", Samples.Asap.Replace("\"tumour\"", "\"hole\""));
        var manifest = Manifest.Load(_folder.Write("m.csv",
            "slide,annotation,mpp,split\ngood.png,a.xml,0.5,train\nnone.png,,0.5,train\ntext.tif,,0.5,train\n"
            + "small.png,a.xml,0.5,train\nwide.png,a.xml,0.5,train\nwhite.png,,0.5,train\nx/good.png,other.xml,0.5,train\n"),
            requireFiles: false);
        var findings = DatasetCheck.Run(manifest, new DatasetCheckSettings(_map, OverlayFolder: _folder["out"]));

        string[] Of(string slide, FindingLevel level) => [.. findings.Where(f => f.Slide == _folder[slide] && f.Level == level).Select(f => f.Message)];
        Assert.Contains("40 × 40 pixels, 0.5 µm/px (manifest), tissue 100 %, counted 100 % of the slide (0 mm²): rest 76.6 %, tumour 23.4 %, necrosis 0.0 %",
            Of("good.png", FindingLevel.Ok).Single());
        Assert.Contains(Of("good.png", FindingLevel.Warning), w => w.Contains("'sliver'"));
        Assert.Contains("no such file", Of("none.png", FindingLevel.Error).Single());
        Assert.Contains("text.tif", Of("text.tif", FindingLevel.Error).Single());
        Assert.Contains("lies outside the slide", Of("small.png", FindingLevel.Error).Single());
        Assert.Contains(Of("wide.png", FindingLevel.Warning), w => w.Contains("reaches over the edge"));
        Assert.Contains("no tissue", Of("white.png", FindingLevel.Error).Single());
        Assert.Contains("1 annotation group not in the class map: 'lymph node' (1 region in other.xml)",
            Of(Path.Combine("x", "good.png"), FindingLevel.Error).Single());
        Assert.Contains("class 'necrosis' occurs on no slide", Of("m.csv", FindingLevel.Warning));
        Assert.Contains("no slide is in split val", Of("m.csv", FindingLevel.Warning));
        Assert.Equal(["5 of 7 slides cannot be used"], Of("m.csv", FindingLevel.Error));
        Assert.Equal(["good.png", "white.png", "wide.png"], Directory.GetFiles(_folder["out"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Scale_is_needed_unless_pictures_are_used_at_their_own_pixels()
    {
        SavePicture("good.png", 40, 40, 180);
        var manifest = Manifest.Load(_folder.Write("m.csv", "slide\ngood.png\n"));
        Assert.Contains(DatasetCheck.Run(manifest, new DatasetCheckSettings(_map)),
            f => f.Level == FindingLevel.Error && f.Message.Contains("does not tell its scale"));
        var own = DatasetCheck.Run(manifest, new DatasetCheckSettings(_map, NeedsScale: false));
        Assert.DoesNotContain(own, f => f.Level == FindingLevel.Error);
        Assert.Contains(own, f => f.Message.Contains("scale unknown"));
        Assert.Contains(DatasetCheck.Run(manifest, new DatasetCheckSettings(_map, OverrideMpp: 0.3)), f => f.Message.Contains("0.3 µm/px (override)"));
    }

    [Fact]
    public void Labels_that_leave_nothing_to_learn_are_told()
    {
        SavePicture("good.png", 40, 40, 180);
        using (var mask = (Image.Black(20, 20) + 255).Cast(Enums.BandFormat.Uchar))
            mask.WriteToFile(_folder["mask.png"]);
        _folder.Write("holes.xml", Samples.Asap.Replace("\"tumour\"", "\"hole\""));
        IReadOnlyList<Finding> Check(string text) =>
            DatasetCheck.Run(Manifest.Load(_folder.Write("m.csv", text)), new DatasetCheckSettings(_map, NeedsScale: false));
        Assert.Contains(Check("slide,mask\ngood.png,mask.png\n"), f => f.Level == FindingLevel.Error && f.Message.Contains("no pixel counts"));
        Assert.Contains(Check("slide,annotation\ngood.png,holes.xml\n"),
            f => f.Level == FindingLevel.Warning && f.Message.Contains("all that counts is 'rest'"));
    }

    [Fact]
    public void Overlays_keep_the_background_colour_the_classes_and_grey_the_rest()
    {
        const int size = 12;
        var rgb = Enumerable.Repeat((byte)100, size * size * 3).ToArray();
        var labels = new byte[size * size];
        for (var y = 0; y < size; y++)
            for (var x = 0; x < size; x++)
                labels[(y * size) + x] = (byte)(y >= 10 ? 255 : x >= 2 && y < 9 ? 1 : 0);
        Overlay.Draw(rgb, labels, size, size);
        (byte, byte, byte) At(int x, int y) => (rgb[((y * size) + x) * 3], rgb[(((y * size) + x) * 3) + 1], rgb[(((y * size) + x) * 3) + 2]);
        Assert.Equal(((byte)100, (byte)100, (byte)100), At(0, 0));
        Assert.Equal(ClassPalette.Of(1), At(2, 4));
        Assert.Equal(ClassPalette.Of(1), At(3, 4));
        Assert.NotEqual(ClassPalette.Of(1), At(8, 4));
        Assert.InRange(At(8, 4).Item1, 120, 180);
        Assert.InRange(At(8, 11).Item1, 150, 200);
    }

    [SkippableFact]
    public void Real_slide_shows_its_glands()
    {
        var slide = SharedData.Require("slides_glas", "dev_slide_1.tif");
        var row = new ManifestRow(slide, Path.ChangeExtension(slide, ".xml"), null, null, "1", null);
        var map = Samples.Map(["rest", "benign", "malignant"], [("benign", "benign"), ("malignant", "malignant")], interest: ["roi"]);
        var findings = DatasetCheck.Run(new Manifest("dev", [row]), new DatasetCheckSettings(map, OverlayFolder: _folder.Root));
        Assert.All(findings, f => Assert.Equal(FindingLevel.Ok, f.Level));
        Assert.Contains("0.62 µm/px (resolution tags)", findings[0].Message);
        Assert.True(File.Exists(_folder["dev_slide_1.png"]));
    }
}
