using Histoseg.Cli.Terminal;
using Histoseg.Cli.Tests.Robustness;
using Histoseg.Slides.Tests.Fakes;
using Histoseg.Training.Config;

namespace Histoseg.Cli.Tests;

/// <summary>A config made of slides, used as it is.</summary>
public sealed class InitVerbTests(InitVerbTests.DrawnSlides slides) : IClassFixture<InitVerbTests.DrawnSlides>, IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Four slides, which tests only read.</summary>
    public sealed class DrawnSlides : IDisposable
    {
        private readonly TempFolder _folder = new();

        public DrawnSlides() => Do(ExitCode.Success, "synth", "-o", Folder, "--train", "2", "--width", "512", "--height", "512");

        public string Folder => _folder["slides"];

        public void Dispose() => _folder.Dispose();
    }

    private static (int Code, string Output, string Error) Do(int expected, params string[] args)
    {
        var result = ApplicationTests.Run(args);
        Assert.True(result.Code == expected, $"{string.Join(' ', args)}: {result.Code}\n{result.Output}\n{result.Error}");
        return result;
    }

    [Fact]
    public void A_config_is_made_that_checks_and_trains_as_it_is()
    {
        var init = Do(ExitCode.Success, "init", "-i", slides.Folder, "-o", _folder["train.yaml"], "--minutes", "10", "--yes");
        Assert.Contains("drawn by", init.Output);
        Assert.Contains("classes    background, tumor", init.Output);
        var config = ConfigFile.Load<TrainConfig>(_folder["train.yaml"]);
        Assert.Equal(["background", "tumor"], config.Data.Classes);
        Assert.Equal(_folder["train.csv"], config.Data.Manifest);
        Assert.Equal("imagenet", config.Network.Pretrained);

        Assert.Contains("all 4 slides can be used", Do(ExitCode.Success, "check", "-c", _folder["train.yaml"]).Output);
        Do(ExitCode.Success, "train", "-c", _folder["train.yaml"], "-o", _folder["run"], "--set", "training.iterations=1", "--set", "training.validate_every=0",
            "--set", "training.batch_size=2", "--set", "data.patch_size=128", "--set", "inference.batch_size=1");
        Assert.True(File.Exists(_folder["run/model/model.json"]));

        var again = Do(ExitCode.BadUsage, "init", "-i", slides.Folder, "-o", _folder["train.yaml"]);
        Assert.Contains("train.yaml is there already", again.Error);
        Assert.Contains("train.yaml", Do(ExitCode.BadUsage, "init", "-i", _folder["slides"], "-o", _folder["train.CSV"]).Error);
    }

    [Theory]
    [InlineData("Camelyon16", "background, tumour")]
    [InlineData("gastric", "background, foreground")]
    [InlineData("GlaS", "background, gland")]
    public void The_layouts_of_the_studies_are_understood(string study, string classes)
    {
        var args = study switch
        {
            "Camelyon16" => Camelyon(),
            "gastric" => Pictures("images", "masks", (i, drawn) => (byte)(drawn ? i == 0 ? 1 : 255 : 0)),
            _ => Pictures("images", "mask_gland", (_, drawn) => (byte)(drawn ? 1 : 0), patients: true),
        };
        var init = Do(ExitCode.Success, ["init", "-i", _folder["data"], "-o", _folder["study.yaml"], "--minutes", "1", .. args]);
        Assert.Contains($"classes    {classes}", init.Output);
        Assert.Contains("slides can be used", Do(ExitCode.Success, "check", "-c", _folder["study.yaml"]).Output);
    }

    private string[] Camelyon()
    {
        foreach (var folder in new[] { "tumor", "normal", "lesion_annotations" })
            Directory.CreateDirectory(_folder[$"data/training/{folder}"]);
        foreach (var (i, slide) in Directory.GetFiles(slides.Folder, "*.tif").Order().Index())
        {
            File.Copy(slide, _folder[$"data/training/{(i == 3 ? "normal/normal" : "tumor/tumor")}_{i:000}.tif"]);
            if (i < 3)
                File.WriteAllText(_folder[$"data/training/lesion_annotations/tumor_{i:000}.xml"],
                    File.ReadAllText(Path.ChangeExtension(slide, ".xml")).Replace("\"tumor\"", "\"_0\"").Replace("\"exclusion\"", "\"_2\""));
        }
        return [];
    }

    private string[] Pictures(string images, string masks, Func<int, bool, byte> value, bool patients = false)
    {
        foreach (var folder in new[] { images, masks })
            Directory.CreateDirectory(_folder[$"data/{folder}"]);
        for (var i = 0; i < 3; i++)
        {
            bool Drawn(int x, int y) => x is > 50 and < 150 && y is > 40 and < 120;
            SmallPng.Write(_folder[$"data/{images}/case_{i}.png"], 256, 200, 8, [200, 150, 190, 120, 40, 110], (x, y) => (byte)(Drawn(x, y) ? 1 : 0));
            SmallPng.Write(_folder[$"data/{masks}/case_{i}.png"], 256, 200, 8, [], (x, y) => value(i, Drawn(x, y)));
        }
        if (patients)
            _folder.Write("data/patients.csv", "name,patient\ncase_0,p\ncase_1,q\ncase_2,r\n");
        return ["--mpp", "0.62"];
    }

    [Fact]
    public void The_template_is_the_projects_config() =>
        Assert.Equal(File.ReadAllText(Path.Combine(Repository.Root, "configs", "train.yaml")), Do(ExitCode.Success, "init", "--template").Output);

    [Fact]
    public void Nothing_usable_is_told_with_all_reasons()
    {
        Directory.CreateDirectory(_folder["broken"]);
        foreach (var name in new[] { "a", "b" })
        {
            File.WriteAllText(_folder[$"broken/{name}.tif"], "no slide");
            File.WriteAllText(_folder[$"broken/{name}.xml"], "<ASAP_Annotations/>");
        }
        var (_, _, error) = Do(ExitCode.Failed, "init", "-i", _folder["broken"], "-o", _folder["x.yaml"]);
        Assert.Contains("all 2 slides cannot be used", error);
        Assert.Contains("a.tif", error);
        Assert.Contains("b.tif", error);
        Assert.False(File.Exists(_folder["x.yaml"]));
        Assert.Contains("-i is missing", Do(ExitCode.BadUsage, "init").Error);
        Assert.Contains("no such file or folder", Do(ExitCode.Failed, "init", "-i", _folder["nowhere"], "-o", _folder["x.yaml"]).Error);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void A_demo_goes_through_all_verbs()
    {
        // As a process of its own: segmenting starts the program once more.
        var demo = EngineProcess.Run("demo", "-o", _folder["demo"], "--minutes", "0.02").Expect(ExitCode.Success);
        Assert.Contains("engine eval", demo.Output);
        Assert.True(File.Exists(_folder["demo/report.html"]));
        Assert.True(File.Exists(_folder["demo/predictions/evaluation.csv"]));
        Assert.Contains("is there already", Do(ExitCode.BadUsage, "demo", "-o", _folder["demo"]).Error);
    }
}
