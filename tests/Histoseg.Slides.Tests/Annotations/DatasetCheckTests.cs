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

    private static DatasetCheckSettings Settings(ClassMap map, double? mpp = null, double? overrideMpp = null, string? overlays = null) =>
        new(new(map, TargetMpp: mpp, OverrideMpp: overrideMpp), new PatchGrid(32, 32, map.Classes.Count), OverlayFolder: overlays);

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
        var findings = DatasetCheck.Run(manifest, Settings(_map, 0.5, overlays: _folder["out"]));

        string[] Of(string slide, FindingLevel level) => [.. findings.Where(f => f.Slide == _folder[slide] && f.Level == level).Select(f => f.Message)];
        Assert.Contains("40 × 40 pixels, 0.5 µm/px (manifest), tissue 100 %, counted 100 % of the slide (0 mm²): rest 76.6 %, tumour 23.4 %, necrosis 0.0 %",
            Of("good.png", FindingLevel.Ok).Single());
        Assert.Contains(Of("good.png", FindingLevel.Warning), w => w.Contains("'sliver'"));
        Assert.Contains("no such file", Of("none.png", FindingLevel.Error).Single());
        Assert.Contains("text.tif", Of("text.tif", FindingLevel.Error).Single());
        Assert.Contains("lies outside the slide", Of("small.png", FindingLevel.Error).Single());
        Assert.Contains(Of("wide.png", FindingLevel.Warning), w => w.Contains("reaches over the edge"));
        Assert.Contains("no tissue", Of("white.png", FindingLevel.Error).Single());
        Assert.Contains("not in the class map: 'lymph node' (", Of(Path.Combine("x", "good.png"), FindingLevel.Error).Single());
        Assert.Contains("no slide is in split val", Of("m.csv", FindingLevel.Warning).Single());
        // Of a class that no slide shows nothing is said while slides cannot be used: those may show it.
        Assert.Contains("1 annotation group not in the class map: 'lymph node' (1 region in other.xml)", Of("m.csv", FindingLevel.Error)[0]);
        Assert.Equal("5 of 7 slides cannot be used", Of("m.csv", FindingLevel.Error)[1]);
        Assert.Equal("    - groups: [\"lymph node\"]", findings.Single(f => f.Details.Count > 0).Details[3]);
        Assert.Equal(["good.png", "white.png", "wide.png"], Directory.GetFiles(_folder["out"]).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Scale_is_needed_unless_pictures_are_used_at_their_own_pixels()
    {
        SavePicture("good.png", 40, 40, 180);
        var manifest = Manifest.Load(_folder.Write("m.csv", "slide\ngood.png\n"));
        Assert.Contains(DatasetCheck.Run(manifest, Settings(_map, 0.5)),
            f => f.Level == FindingLevel.Error && f.Message.Contains("does not tell its scale"));
        var own = DatasetCheck.Run(manifest, Settings(_map));
        Assert.DoesNotContain(own, f => f.Level == FindingLevel.Error && f.Slide == _folder["good.png"]);
        Assert.Contains(own, f => f.Message.Contains("scale unknown"));
        Assert.Contains(DatasetCheck.Run(manifest, Settings(_map, 0.5, overrideMpp: 0.3)), f => f.Message.Contains("0.3 µm/px (override)"));
    }

    [Fact]
    public void The_scale_that_the_network_sees_is_told_where_it_is_odd_or_not_given()
    {
        SavePicture("a.png", 40, 40, 180);
        SavePicture("b.png", 40, 40, 180);
        Finding[] Check(string mpps, double? mpp = null) => [.. DatasetCheck.Run(Manifest.Load(_folder.Write("m.csv", "slide,mpp,split\n"
            + string.Concat(mpps.Split(' ').Zip(["a", "b"], (own, name) => $"{name}.png,{own},train\n")))), Settings(_map, mpp))
            .Where(found => found.Slide == _folder["m.csv"] && (found.Message.Contains("own pixels") || found.Message.Contains("no usual scale")))];
        var own = $"{_folder["m.csv"]}: data.mpp is not given, so the slides' own pixels are used: ";
        Assert.Equal([new(_folder["m.csv"], FindingLevel.Ok, own + "0.25 µm per pixel")], Check("0.25 0.252"));
        Assert.Equal([new(_folder["m.csv"], FindingLevel.Warning,
            own + "0.25 to 0.5 µm per pixel; give data.mpp to have all at one scale")], Check("0.5 0.25"));
        Assert.Equal([new(_folder["m.csv"], FindingLevel.Ok, own + "of unknown scale")], Check(""));
        Assert.Equal([new(_folder["m.csv"], FindingLevel.Ok, own + "0.25 µm per pixel, some unknown")], Check("0.25 "));
        Assert.Empty(Check("0.5 0.25", 0.5));
        Assert.Equal($"{_folder["m.csv"]}: 62 µm per pixel (data.mpp) is no usual scale of a microscope (×40 is about 0.25); check it",
            Assert.Single(Check("0.5 0.5", 62)).Message);
    }

    [Fact]
    public void Labels_that_leave_nothing_to_learn_are_told()
    {
        SavePicture("good.png", 40, 40, 180);
        using (var mask = (Image.Black(20, 20) + 255).Cast(Enums.BandFormat.Uchar))
            mask.WriteToFile(_folder["mask.png"]);
        _folder.Write("holes.xml", Samples.Asap.Replace("\"tumour\"", "\"hole\""));
        IReadOnlyList<Finding> Check(string text) =>
            DatasetCheck.Run(Manifest.Load(_folder.Write("m.csv", text)), Settings(_map));
        Assert.Contains(Check("slide,mask\ngood.png,mask.png\n"), f => f.Level == FindingLevel.Error && f.Message.Contains("no pixel counts"));
        Assert.Contains(Check("slide,mask\ngood.png,mask.png\n"), f => f.Level == FindingLevel.Warning && f.Message.Contains("all of the slide is ignored"));
        Assert.Contains(Check("slide,annotation\ngood.png,holes.xml\n"),
            f => f.Level == FindingLevel.Warning && f.Message.Contains("all that counts is 'rest'"));
    }

    [Fact]
    public void One_slide_is_told_of_as_one()
    {
        SavePicture("good.png", 40, 40, 180);
        SavePicture("other.png", 40, 40, 180);
        _folder.Write("a.xml", Samples.Asap);
        _folder.Write("text.tif", "no slide");
        string[] Check(string slides, params string[] classes) => [.. DatasetCheck.Run(
            Manifest.Load(_folder.Write("m.csv", "slide,annotation,split\n" + slides)),
            Settings(Samples.Map(["rest", "tumour", .. classes], [("tumour", "tumour"), ("hole", "rest")], ignored: ["None"]))).Select(found => found.Message)];
        Assert.Equal("the one slide can be used", Check("good.png,a.xml,train\n")[^1]);
        Assert.Equal("all 2 slides can be used", Check("good.png,a.xml,train\nother.png,a.xml,train\n")[^1]);
        Assert.Equal("the one slide cannot be used", Check("text.tif,,train\n")[^1]);
        var unlearnable = Check("good.png,a.xml,train\n", "fat");
        Assert.Equal("the one slide can be used, the dataset as a whole cannot", unlearnable[^1]);
        Assert.Contains(unlearnable, told => told.Contains("class 'fat' occurs nowhere on the one training slide, so"));
    }

    [Fact]
    public void Everything_that_is_wrong_with_a_slide_is_told_at_once()
    {
        SavePicture("small.png", 9, 9, 180);
        _folder.Write("other.xml", Samples.Asap.Replace("\"tumour\"", "\"lymph node\""));
        var findings = DatasetCheck.Run(Manifest.Load(_folder.Write("m.csv", "slide,annotation,split\nsmall.png,other.xml,train\n")), Settings(_map, 0.5));
        var errors = findings.Where(f => f.Slide == _folder["small.png"] && f.Level == FindingLevel.Error).Select(f => f.Message).ToList();
        Assert.Equal(3, errors.Count);
        Assert.Contains("not in the class map: 'lymph node' (", errors[0]);
        Assert.Contains("lies outside the slide", errors[1]);
        Assert.Contains("does not tell its scale", errors[2]);
    }

    [Fact]
    public void Splits_that_training_could_not_make_are_an_error_of_the_check()
    {
        SavePicture("good.png", 40, 40, 180);
        var settings = Settings(_map) with { ValidationShare = 0.2 };
        Assert.Contains(DatasetCheck.Run(Manifest.Load(_folder.Write("m.csv", "slide\ngood.png\n")), settings),
            f => f.Level == FindingLevel.Error && f.Message.Contains("too few to share out"));
        Assert.Contains(DatasetCheck.Run(Manifest.Load(_folder.Write("m.csv", "slide,split\ngood.png,val\n")), settings),
            f => f.Level == FindingLevel.Error && f.Message.Contains("nothing to train on"));
    }

    [Fact]
    public void Slides_of_foreign_colours_are_told()
    {
        foreach (var (name, r, g, b) in new[] { ("a", 200, 90, 180), ("b", 190, 100, 190), ("c", 205, 110, 170), ("pale", 245, 215, 240),
            ("blue", 90, 130, 200), ("dark", 10, 2, 4), ("grey", 128, 128, 128) })
        {
            using var image = (Image.Black(40, 40, bands: 3) + new double[] { r, g, b }).Cast(Enums.BandFormat.Uchar);
            image.WriteToFile(_folder[name + ".png"]);
        }
        var findings = DatasetCheck.Run(Manifest.Load(_folder.Write("m.csv",
            "slide,split\na.png,train\nb.png,train\nc.png,train\npale.png,train\nblue.png,train\ndark.png,train\ngrey.png,train\n")), Settings(_map));
        string? Told(string name) => findings.SingleOrDefault(f => f.Slide == _folder[name + ".png"] && f.Level == FindingLevel.Warning)?.Message;
        Assert.All(["a", "b", "c"], name => Assert.Null(Told(name)));
        Assert.Contains("far from those of the other slides (mean optical density of red, green and blue 0.04, 0.17, 0.06; their median", Told("pale"));
        Assert.Contains("not of the colours of H&E", Told("blue"));
        Assert.Contains("dark throughout, as fluorescence is", Told("dark"));
        Assert.Contains("not of the colours of H&E", Told("grey"));
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
        Overlay.Draw(rgb, labels, size, size, ClassPalette.Usual);
        (byte, byte, byte) At(int x, int y) => (rgb[((y * size) + x) * 3], rgb[(((y * size) + x) * 3) + 1], rgb[(((y * size) + x) * 3) + 2]);
        Assert.Equal(((byte)100, (byte)100, (byte)100), At(0, 0));
        Assert.Equal(ClassPalette.Usual.Of(1), At(2, 4));
        Assert.Equal(ClassPalette.Usual.Of(1), At(3, 4));
        Assert.NotEqual(ClassPalette.Usual.Of(1), At(8, 4));
        Assert.InRange(At(8, 4).Item1, 120, 180);
        Assert.InRange(At(8, 11).Item1, 150, 200);
    }

    [SkippableFact]
    public void Real_slide_shows_its_glands()
    {
        var slide = SharedData.Require("slides_glas", "dev_slide_1.tif");
        var row = new ManifestRow(slide, Path.ChangeExtension(slide, ".xml"), null, null, "1", null);
        var map = Samples.Map(["rest", "benign", "malignant"], [("benign", "benign"), ("malignant", "malignant")], interest: ["roi"]);
        var findings = DatasetCheck.Run(new Manifest("dev", [row]), Settings(map, 0.62, overlays: _folder.Root));
        Assert.All(findings.Where(f => f.Slide == slide), f => Assert.Equal(FindingLevel.Ok, f.Level));
        Assert.Contains("0.62 µm/px (resolution tags)", findings[0].Message);
        Assert.True(File.Exists(_folder["dev_slide_1.png"]));
    }
}
