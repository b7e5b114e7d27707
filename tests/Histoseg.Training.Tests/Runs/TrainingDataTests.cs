using Histoseg.Segmentation.Evaluation;
using Histoseg.Slides;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Output;
using Histoseg.Slides.Vips;
using Histoseg.Training.Config;
using Histoseg.Training.Data;
using Histoseg.Training.Reports;

namespace Histoseg.Training.Tests.Runs;

/// <summary>The slides of a run: their names and their scale, and that all tools see them alike.</summary>
public sealed class TrainingDataTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("training-data").FullName;

    private readonly List<string> _told = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Slides_of_one_name_are_told_apart()
    {
        foreach (var patient in new[] { "p1", "p2", "p3" })
            Picture(patient, "scan.png", 128);
        Picture("", "mask.png", 128, 1);
        var config = Config("slide,mask,split,patient\np1/scan.png,mask.png,train,1\np2/scan.png,,val,2\np3/scan.png,,val,3\n");
        using var slides = TrainingSlides.Open(config, _told.Add, default);
        var data = slides.ListPatches(_told.Add, default);
        Assert.Equal(["p1_scan"], data.Training.Slides.Select(slide => slide.Name));
        Assert.Equal(["p2_scan", "p3_scan"], data.Validation.Select(slide => slide.Name));
    }

    [Fact]
    public void Pictures_of_a_folder_without_scale_are_at_the_trained_scale_for_training_check_and_report()
    {
        foreach (var name in new[] { "a.png", "b.png" })
        {
            Picture("images", name, 128);
            Picture("masks", name, 128, 1);
        }
        var config = new TrainConfig
        {
            Data = new()
            {
                Images = Path.Combine(_folder, "images"),
                Masks = Path.Combine(_folder, "masks"),
                Mpp = 0.5,
                PatchSize = 64,
                Stride = 64,
                ValidationShare = 0.5
            },
        };
        var manifest = config.LoadManifest();
        using (var slides = TrainingSlides.Open(config, _told.Add, default))
        {
            var data = slides.ListPatches(_told.Add, default);
            Assert.Equal((128, 1.0), (data.Validation.Single().View.Width, data.Validation.Single().View.Downsample));
        }
        Assert.DoesNotContain(DatasetCheck.Run(manifest, config.ToCheckSettings()), finding => finding.Level == FindingLevel.Error);

        var predictions = Path.Combine(_folder, "predictions");
        foreach (var row in manifest.Rows)
        {
            using var writer =
                new PyramidWriter(Path.Combine(predictions, Path.GetFileNameWithoutExtension(row.Slide) + ".tif"), 128, 128, 0.5, PyramidKind.Labels);
            writer.Write(new byte[128 * 128]);
            writer.Complete();
        }
        var scored = EvaluationRun.Run(predictions, manifest.Rows, config.ToSlideSettings(), predictions);
        Assert.All(scored.Slides, slide => Assert.Null(slide.Error));
        Assert.Equal(2, ResultReport.Gather(config, "", scored, manifest.Rows, []).Slides.Count);
    }

    [Fact]
    public void A_class_that_no_training_slide_shows_is_told_before_anything_is_computed()
    {
        Pictures3();
        Picture("", "two.png", 128, 2);
        Picture("", "one.png", 128, 1);
        Picture("", "none.png", 128, 0);
        var config = Config("slide,mask,split,patient\na.png,one.png,train,1\nb.png,two.png,val,2\nc.png,,train,3\n");
        config = config with { Data = config.Data with { Classes = ["rest", "tumour", "stroma", "fat"] } };
        using (var slides = TrainingSlides.Open(config, _told.Add, default))
        {
            var error = Assert.Throws<SlideError>(() => slides.ListPatches(_told.Add, default));
            Assert.Equal($"{config.Data.Manifest}: classes 'stroma', 'fat' occur on none of the 2 training slides, so nothing can be learnt of them; "
                + "check data.labels and data.mask_values, or take them out of data.classes", error.Message);
        }
        Assert.Contains(DatasetCheck.Run(config.LoadManifest(), config.ToCheckSettings()),
            f => f.Level == FindingLevel.Error && f.Message.Contains("'stroma', 'fat'"));

        config = Config("slide,mask,split,patient\na.png,none.png,train,1\nb.png,one.png,val,2\nc.png,,train,3\n");
        using var none = TrainingSlides.Open(config, _told.Add, default);
        Assert.Contains("class 'tumour' occurs on none of the 2 training slides",
            Assert.Throws<SlideError>(() => none.ListPatches(_told.Add, default)).Message);
    }

    [Fact]
    public void A_class_that_no_validation_slide_shows_is_a_warning()
    {
        Pictures3();
        Picture("", "one.png", 128, 1);
        using var slides = TrainingSlides.Open(Config("slide,mask,split,patient\na.png,one.png,train,1\nb.png,,val,2\n"), _told.Add, default);
        slides.ListPatches(_told.Add, default);
        Assert.Contains(_told,
            line => line.EndsWith("class 'tumour' occurs on no validation slide, so validation says nothing of it", StringComparison.Ordinal));
    }

    [Fact]
    public void Validation_slides_that_are_ignored_throughout_are_left_out_and_not_all_of_them_may_be()
    {
        Pictures3();
        Picture("", "one.png", 128, 1);
        Picture("", "ignored.png", 128, 255);
        using (var slides = TrainingSlides.Open(
            Config("slide,mask,split,patient\na.png,one.png,train,1\nb.png,ignored.png,val,2\nc.png,one.png,val,3\n"), _told.Add, default))
        {
            Assert.Equal(["c"], slides.ListPatches(_told.Add, default).Validation.Select(slide => slide.Name));
            Assert.Contains("b: no pixel of it counts (255 throughout), so it is left out of validation", _told);
        }
        var config = Config("slide,mask,split,patient\na.png,one.png,train,1\nb.png,ignored.png,val,2\n");
        using var none = TrainingSlides.Open(config, _told.Add, default);
        Assert.Contains("no pixel of the one validation slide counts", Assert.Throws<SlideError>(() => none.ListPatches(_told.Add, default)).Message);
        Assert.Contains(DatasetCheck.Run(config.LoadManifest(), config.ToCheckSettings()),
            f => f.Level == FindingLevel.Error && f.Message.Contains("no pixel of the one validation slide counts"));
    }

    [Fact]
    public void Unknown_groups_of_all_annotations_are_told_at_once_with_what_to_write_before_a_slide_is_opened()
    {
        foreach (var (name, groups) in new[] { ("a", new[] { "Tumour", "Stroma", "Stroma" }), ("b", ["stroma", "fat \"x\""]) })
            File.WriteAllText(Path.Combine(_folder, name + ".xml"), "<ASAP_Annotations><Annotations>" + string.Concat(groups.Select((group, i) =>
                $"<Annotation Name=\"{i}\" Type=\"Polygon\" PartOfGroup=\"{group.Replace("\"", "&quot;", StringComparison.Ordinal)}\"><Coordinates>"
                    + "<Coordinate Order=\"0\" X=\"1\" Y=\"1\"/><Coordinate Order=\"1\" X=\"9\" Y=\"1\"/><Coordinate Order=\"2\" X=\"9\" Y=\"9\"/>"
                    + "</Coordinates></Annotation>")) + "</Annotations></ASAP_Annotations>");
        foreach (var slide in new[] { "a.tif", "b.tif" })
            File.WriteAllText(Path.Combine(_folder, slide), "no slide");
        var config = Config("slide,annotation,split,patient\na.tif,a.xml,train,1\nb.tif,b.xml,val,2\n");
        var error = Assert.Throws<SlideError>(() => TrainingSlides.Open(config, _told.Add, default));
        Assert.Equal($"{config.Data.Manifest}: 3 annotation groups not in the class map: 'Stroma' (3 regions in a.xml, b.xml), 'Tumour' (1 region in a.xml), "
            + "'fat \"x\"' (1 region in b.xml); give each a class in data.labels or list it in data.ignored_groups", error.Message);
        Assert.Equal(
            ["data:", "  labels:", "    - groups: [\"Stroma\"]", "      class: \"???\"", "    - groups: [\"Tumour\"]", "      class: \"tumour\"",
                "    - groups: [\"fat \\\"x\\\"\"]", "      class: \"???\""],
            error.Details.Skip(1));
    }

    [Fact]
    public void Every_slide_that_cannot_be_used_is_told_by_training_as_by_the_check()
    {
        Pictures3();
        Picture("", "one.png", 128, 1);
        Picture("", "wrong.png", 50, 1);
        File.WriteAllText(Path.Combine(_folder, "text.tif"), "no slide");
        var config = Config("slide,mask,split,patient\na.png,one.png,train,1\nb.png,wrong.png,val,2\ntext.tif,,train,3\nc.png,,train,4\n");
        config = config with { Data = config.Data with { Mpp = 0.5 } };
        var error = Assert.Throws<SlideError>(() => TrainingSlides.Open(config, _told.Add, default));
        Assert.EndsWith("(and 4 more that must be mended)", error.Message, StringComparison.Ordinal);
        Assert.Equal(4, error.Details.Count);
        string[] expected =
            ["a.png: the slide does not tell its scale", "b.png: the slide does not tell its scale", "wrong.png: the mask", "text.tif: ", "c.png: "];
        foreach (var part in expected)
            Assert.Contains(error.Details.Prepend(error.Message), line => line.Contains(part, StringComparison.Ordinal));
        var check = DatasetCheck.Run(config.LoadUnsplit(requireFiles: false), config.ToCheckSettings());
        foreach (var part in expected)
            Assert.Contains(check, finding => finding.Level == FindingLevel.Error && finding.Message.Contains(part, StringComparison.Ordinal));
        Assert.Contains(check, finding => finding.Message == "4 of 4 slides cannot be used");
    }

    [Fact]
    public void The_manifests_scale_wins_with_a_word_and_the_configs_over_it()
    {
        Pictures3();
        Picture("", "one.png", 128, 1);
        using (var tiled = NetVips.Image.NewFromFile(Path.Combine(_folder, "a.png")))
        using (var scaled = tiled.Copy(xres: 1000, yres: 1000)) // pixels per mm: 1 µm per pixel
            scaled.Tiffsave(Path.Combine(_folder, "a.tif"));
        var config = Config("slide,mask,split,patient,mpp\na.tif,one.png,train,1,0.25\n");
        config = config with { Data = config.Data with { Mpp = 0.5 } };
        using (var slides = TrainingSlides.Open(config, _told.Add, default))
            Assert.Equal(64, slides.ListPatches(_told.Add, default).Training.Slides[0].View.Width);
        var warning = $"{Path.Combine(_folder, "a.tif")}: the manifest's 0.25 µm per pixel is taken, though the file tells 1 (resolution tags); "
            + "check which is right";
        Assert.Contains(warning, _told);
        Assert.Contains(DatasetCheck.Run(config.LoadManifest(), config.ToCheckSettings()), f => f.Level == FindingLevel.Warning && f.Message == warning);

        _told.Clear();
        using var given = TrainingSlides.Open(config with { Data = config.Data with { MppOverride = 62 } }, _told.Add, default);
        Assert.Equal([$"{Path.Combine(_folder, "a.tif")}: 62 µm per pixel (override) is no usual scale of a microscope (×40 is about 0.25); check it"],
            _told.Where(line => line.Contains("µm", StringComparison.Ordinal)));

        _told.Clear();
        using var coarse = TrainingSlides.Open(config with { Data = config.Data with { Mpp = 40 } }, _told.Add, default);
        Assert.Contains($"{config.Data.Manifest}: 40 µm per pixel (data.mpp) is no usual scale of a microscope (×40 is about 0.25); check it", _told);
        using var own = TrainingSlides.Open(config with { Data = config.Data with { Mpp = null } }, _told.Add, default);
        Assert.Contains($"{config.Data.Manifest}: data.mpp is not given, so the slides' own pixels are used: 0.25 µm per pixel", _told);
    }

    private TrainConfig Config(string manifest)
    {
        var path = Path.Combine(_folder, "m.csv");
        File.WriteAllText(path, manifest);
        return new() { Data = new() { Manifest = path, PatchSize = 64, Stride = 64 } };
    }

    private void Pictures3()
    {
        foreach (var name in new[] { "a.png", "b.png", "c.png" })
            Picture("", name, 128);
    }

    private void Picture(string folder, string name, int side, byte value = 128)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, folder)).FullName, name);
        var pixels = new byte[side * side * 3];
        pixels.AsSpan().Fill(value);
        Pictures.WritePng(path, pixels, side, side);
    }
}
