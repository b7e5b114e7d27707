using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Histoseg.Cli.Terminal;

namespace Histoseg.Cli.Tests.Robustness;

/// <summary>
/// What people feed the program by mistake. Each gets its exit code and one line that names the thing and what to do; what was there before stays.
/// </summary>
[Collection(RobustnessTests.Name)]
public sealed class BadInputTests : IDisposable
{
    private readonly Workshop _workshop;
    private readonly TempFolder _folder = new();

    /// <summary>Every test has slides, a run and a config of its own to spoil.</summary>
    public BadInputTests(Workshop workshop)
    {
        _workshop = workshop;
        Workshop.CopyFolder(workshop["slides"], _folder["slides"]);
        Workshop.CopyFolder(workshop["run"], _folder["run"]);
        File.Copy(workshop.ConfigPath, _folder["train.yaml"]);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("a slide of the manifest that is not there", ExitCode.Failed, "synth_000.tif: no such file", "manifest.csv lists it")]
    [InlineData("a truncated TIFF", ExitCode.Failed, "synth_000.tif", "truncated", "copy the file again")]
    [InlineData("a text file in place of a slide", ExitCode.Failed, "synth_000.tif")]
    [InlineData("an annotation that is not there", ExitCode.Failed, "synth_000.xml")]
    [InlineData("an annotation outside the slide", ExitCode.Failed, "synth_000.xml", "outside the slide", "check that")]
    [InlineData("a group that is not in the class map", ExitCode.Failed, "manifest.csv", "1 annotation group not in the class map: 'necrosis'",
        "synth_000.xml", "give each a class in data.labels")]
    [InlineData("an empty annotation", ExitCode.Failed, "synth_000.xml", "no region", "draw one")]
    [InlineData("an annotation cut short", ExitCode.Failed, "synth_000.xml")]
    [InlineData("a slide without tissue", ExitCode.Failed, "synth_000: no tissue found", "leave the slide out")]
    [InlineData("a manifest with one patient in two splits", ExitCode.Failed, "manifest.csv", "patient")]
    [InlineData("a manifest that is empty", ExitCode.Failed, "manifest.csv")]
    [InlineData("a run folder under a file", ExitCode.Failed, "file.txt", "-o")]
    [InlineData("a run folder where none can be made", ExitCode.Failed, "/proc/run", "-o")]
    [InlineData("a config with an unknown key", ExitCode.BadUsage, "train.yaml:1", "did you mean 'network.width'")]
    [InlineData("a config with a value of the wrong type", ExitCode.BadUsage, "train.yaml:1", "network.width", "'wide'")]
    [InlineData("a config that is no YAML", ExitCode.BadUsage, "train.yaml:1")]
    [InlineData("a patch size that is no multiple of 8", ExitCode.BadUsage, "train.yaml:5", "data.patch_size", "multiple of 8")]
    [InlineData("pretrained weights that would run a program", ExitCode.Failed, "evil.pth", "'posix.system'", "nothing of it was run")]
    [InlineData("pretrained weights of another width", ExitCode.Failed, "run/model: ", "width 1, and the config asks for", "width 2; set network.name")]
    public void What_is_wrong_for_training_is_named(string what, int code, params string[] says)
    {
        Spoil(what);
        var run = what switch
        {
            "a run folder under a file" => _folder["file.txt/run"],
            "a run folder where none can be made" => "/proc/run",
            _ => _folder["new"],
        };
        Check(code, says, "train", "-c", _folder["train.yaml"], "-o", run);
        Assert.False(File.Exists(Path.Combine(run, "last.ckpt")));
    }

    [Theory]
    [InlineData("pretrained weights that would run a program", "error ", "evil.pth: it asks for 'posix.system'")]
    [InlineData("pretrained weights of another width", "error ", "run/model: has the weights of")]
    public void What_is_wrong_with_pretrained_weights_is_found_by_check(string what, params string[] says)
    {
        Spoil(what);
        var result = Workshop.Run("check", "-c", _folder["train.yaml"]);
        Assert.Equal(ExitCode.Failed, result.Code);
        Assert.All(says, word => Assert.Contains(word, result.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nothing", ExitCode.Failed, "there is a run already", "--resume")]
    [InlineData("a config of another network", ExitCode.Failed, "last.ckpt", "another network", "resume with the config")]
    [InlineData("a config with another seed", ExitCode.Failed, "last.ckpt", "same seed")]
    [InlineData("a truncated checkpoint", ExitCode.Failed, "last.ckpt", "truncated")]
    [InlineData("a model in place of the checkpoint", ExitCode.Failed, "last.ckpt", "no checkpoint")]
    [InlineData("a checkpoint with NaN", ExitCode.Failed, "last.ckpt", "NaN")]
    public void What_is_wrong_for_resuming_is_named(string what, int code, params string[] says)
    {
        Spoil(what);
        string[] resume = what == "nothing" ? [] : ["--resume"];
        Check(code, says, ["train", "-c", _folder["train.yaml"], "-o", _folder["run"], "--set", "training.iterations=4", .. resume]);
    }

    [Theory]
    [InlineData("a model folder without a model", ExitCode.Failed, "model", "no model folder", "give the folder")]
    [InlineData("a model without weights", ExitCode.Failed, "model.safetensors is missing", "copy the whole folder")]
    [InlineData("a truncated model", ExitCode.Failed, "model.safetensors", "truncated", "copy or export")]
    [InlineData("a model that claims a giant header", ExitCode.Failed, "model.safetensors", "header", "copy or export")]
    [InlineData("a model whose header is no JSON", ExitCode.Failed, "model.safetensors", "header", "copy or export")]
    [InlineData("a model with a giant tensor", ExitCode.Failed, "model.safetensors", "copy or export")]
    [InlineData("a model of another network", ExitCode.Failed, "model", "another network")]
    [InlineData("a model with NaN", ExitCode.Failed, "model", "NaN", "use an earlier model")]
    [InlineData("a description that is no JSON", ExitCode.Failed, "model.json", "copy or train")]
    [InlineData("a description of something else", ExitCode.Failed, "model.json", "network", "copy or train")]
    [InlineData("a description with a wrong type", ExitCode.Failed, "model.json", "$.network.width", "copy or train")]
    [InlineData("a description with an unknown network", ExitCode.Failed, "model.json", "resnet51")]
    [InlineData("a description with a giant width", ExitCode.Failed, "model.json", "width")]
    [InlineData("a description with a giant patch", ExitCode.Failed, "model.json", "patch_size_pixels")]
    [InlineData("a description with an odd patch", ExitCode.Failed, "model.json", "patch_size_pixels", "multiple of 8")]
    [InlineData("a description without scale numbers", ExitCode.Failed, "model.json", "spacing_um_px")]
    [InlineData("a description with a wild threshold", ExitCode.Failed, "model.json", "tissue_threshold")]
    [InlineData("a description with an unknown tissue rule", ExitCode.Failed, "model.json", "tissue_rule")]
    [InlineData("a description without class names", ExitCode.Failed, "model.json", "class_names")]
    [InlineData("an output folder under a file", ExitCode.Failed, "file.txt", "another output folder")]
    [InlineData("an output folder where none can be made", ExitCode.Failed, "/proc/out", "another output folder")]
    [InlineData("an input that is not there", ExitCode.Failed, "nowhere.svs", "no such file or folder")]
    public void What_is_wrong_for_segmenting_is_named(string what, int code, params string[] says)
    {
        Spoil(what);
        var output = what switch
        {
            "an output folder under a file" => _folder["file.txt/out"],
            "an output folder where none can be made" => "/proc/out",
            _ => _folder["out"],
        };
        var input = what == "an input that is not there" ? _folder["nowhere.svs"] : _folder["slides"];
        Check(code, says, "infer", "-i", input, "-o", output, "-m", _folder["run/model"], "--output", "csv");
    }

    [Theory]
    [InlineData(ExitCode.Failed, "its slides lie in the output folder", "infer", "-i", "{slides}", "-o", "{slides}", "-m", "{run/model}")]
    [InlineData(ExitCode.BadUsage, "multiple of 8", "infer", "-i", "{slides}", "-o", "{out}", "-m", "{run/model}", "--patch-size", "100")]
    [InlineData(ExitCode.BadUsage, "the argument after '-o' is empty", "infer", "-i", "{slides}", "-o", "", "-m", "{run/model}")]
    [InlineData(ExitCode.BadUsage, "the argument after '-c' is empty", "train", "-c", "")]
    [InlineData(ExitCode.Failed, "cannot be written", "check", "-c", "{train.yaml}", "-o", "{file.txt/overlays}")]
    [InlineData(ExitCode.Failed, "cannot be written", "synth", "-o", "/proc/slides", "--train", "1", "--width", "256", "--height", "256")]
    public void Mistaken_folders(int code, string says, params string[] args) =>
        Check(code, [says], [.. args.Select(arg => arg.StartsWith('{') ? _folder[arg.Trim('{', '}')] : arg)]);

    private void Check(int code, string[] says, params string[] args)
    {
        File.WriteAllText(_folder["file.txt"], "a file where a folder is wanted");
        var before = Workshop.Contents(_folder[""]);
        var result = Workshop.Run(args);
        if (Environment.GetEnvironmentVariable("SHOW_MESSAGES") is { } log)
            File.AppendAllText(log, result.Error);
        result.Expect(code).ExpectOneClearLine(says);
        Assert.Single(result.ErrorLines, line => line.StartsWith("engine: ", StringComparison.Ordinal)); // what to paste stands above it
        var after = Workshop.Contents(_folder[""]);
        Assert.All(before, file => Assert.Equal(file.Value, after.GetValueOrDefault(file.Key)));
        Assert.DoesNotContain(after.Keys, name => name.Contains(".partial-") || name.Contains("engine-error"));
    }

    private void Spoil(string what)
    {
        string slide = _folder["slides/synth_000.tif"], xml = _folder["slides/synth_000.xml"], manifest = _folder["slides/manifest.csv"];
        string config = _folder["train.yaml"], checkpoint = _folder["run/last.ckpt"];
        var weights = _folder["run/model/model.safetensors"];
        switch (what)
        {
            case "nothing" or "a run folder under a file" or "a run folder where none can be made":
            case "an output folder under a file" or "an output folder where none can be made" or "an input that is not there":
                break;
            case "a slide of the manifest that is not there": File.Delete(slide); break;
            case "a truncated TIFF": Workshop.CopyCut(_workshop["slides/synth_000.tif"], slide, 0.6); break;
            case "a text file in place of a slide": File.WriteAllText(slide, "This is no slide.\n"); break;
            case "an annotation that is not there": File.Delete(xml); break;
            case "an annotation outside the slide": File.WriteAllText(xml, Asap("tumor", 90000)); break;
            case "a group that is not in the class map": File.WriteAllText(xml, Asap("necrosis", 0)); break;
            case "an empty annotation": File.WriteAllText(xml, "<ASAP_Annotations><Annotations/><AnnotationGroups/></ASAP_Annotations>"); break;
            case "an annotation cut short": Workshop.CopyCut(_workshop["slides/synth_000.xml"], xml, 0.5); break;
            case "a slide without tissue": White(slide); break;
            case "a manifest with one patient in two splits": Replace(manifest, "patient_001", "patient_000"); break;
            case "a manifest that is empty": File.WriteAllText(manifest, ""); break;
            case "a config with an unknown key": Replace(config, "width: 1", "widht: 1"); break;
            case "a config with a value of the wrong type": Replace(config, "width: 1", "width: wide"); break;
            case "a config that is no YAML": Replace(config, "width: 1,", "width: [1,"); break;
            case "a patch size that is no multiple of 8": Replace(config, "patch_size: 32", "patch_size: 36"); break;
            case "pretrained weights that would run a program":
                using (var zip = ZipFile.Open(_folder["evil.pth"], ZipArchiveMode.Create))
                using (var pickle = zip.CreateEntry("archive/data.pkl").Open())
                    pickle.Write([0x80, 2, .. "cposix\nsystem\nX\u0004\0\0\0true"u8, 0x85, .. "R."u8]);
                Replace(config, "width: 1,", "width: 1, pretrained: evil.pth,");
                break;
            case "pretrained weights of another width": Replace(config, "width: 1,", "width: 2, pretrained: run/model,"); break;
            case "a config of another network": Replace(config, "width: 1", "width: 2"); break;
            case "a config with another seed": File.AppendAllText(config, "\nseed: 77\n"); break;
            case "a truncated checkpoint": Workshop.CopyCut(_workshop["run/last.ckpt"], checkpoint, 0.5); break;
            case "a model in place of the checkpoint": File.Copy(weights, checkpoint, overwrite: true); break;
            case "a checkpoint with NaN": Fill(checkpoint, float.NaN); break;
            case "a model folder without a model": File.Delete(_folder["run/model/model.json"]); break;
            case "a model without weights": File.Delete(weights); break;
            case "a truncated model": Workshop.CopyCut(_workshop["run/model/model.safetensors"], weights, 0.5); break;
            case "a model that claims a giant header": File.WriteAllBytes(weights, [.. BitConverter.GetBytes(1L << 62), .. "{}"u8]); break;
            case "a model whose header is no JSON": File.WriteAllBytes(weights, [.. BitConverter.GetBytes(8L), .. "{\"a\":\n\n["u8]); break;
            case "a model with a giant tensor":
                var header = Encoding.UTF8.GetBytes("""{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""");
                File.WriteAllBytes(weights, [.. BitConverter.GetBytes(header.LongLength), .. header]);
                break;
            case "a model of another network": Description("network.width", 3); break;
            case "a model with NaN": Fill(weights, float.NaN); break;
            case "a description that is no JSON": File.WriteAllText(_folder["run/model/model.json"], "{\"network\": "); break;
            case "a description of something else": File.WriteAllText(_folder["run/model/model.json"], "{\"name\": \"resnet\"}"); break;
            case "a description with a wrong type": Description("network.width", "wide"); break;
            case "a description with an unknown network": Description("network.name", "resnet51"); break;
            case "a description with a giant width": Description("network.width", 1_000_000); break;
            case "a description with a giant patch": Description("patch_size_pixels", 8_000_000); break;
            case "a description with an odd patch": Description("patch_size_pixels", 36); break;
            case "a description without scale numbers": Description("spacing_um_px", -0.5); break;
            case "a description with a wild threshold": Description("tissue_threshold", 1000); break;
            case "a description with an unknown tissue rule": Description("tissue_rule", 7); break;
            case "a description without class names": Description("class_names", new JsonArray(null, null)); break;
            default: throw new ArgumentOutOfRangeException(nameof(what), what, "no such case");
        }
    }

    private static void Replace(string path, string old, string by)
    {
        var text = File.ReadAllText(path);
        Assert.Contains(old, text);
        File.WriteAllText(path, text.Replace(old, by, StringComparison.Ordinal));
    }

    private void Description(string key, JsonNode value)
    {
        var path = _folder["run/model/model.json"];
        var description = JsonNode.Parse(File.ReadAllText(path))!;
        var (section, name) = key.Split('.') is [var outer, var inner] ? (description[outer]!, inner) : (description, key);
        Assert.NotNull(section[name]);
        section[name] = value;
        File.WriteAllText(path, description.ToJsonString());
    }

    // The last tensors of a safetensors file are at its end.
    private static void Fill(string path, float value)
    {
        var bytes = File.ReadAllBytes(path);
        BitConverter.GetBytes(value).CopyTo(bytes, bytes.Length - 4);
        File.WriteAllBytes(path, bytes);
    }

    private static void White(string path)
    {
        using var white = (NetVips.Image.Black(Workshop.SlideSize, Workshop.SlideSize, bands: 3) + 250).Cast(NetVips.Enums.BandFormat.Uchar);
        white.Tiffsave(path, tile: true, xres: 2000, yres: 2000, resunit: NetVips.Enums.ForeignTiffResunit.Cm);
    }

    private static string Asap(string group, int at) => $"""
        <ASAP_Annotations><Annotations>
        <Annotation Name="a" Type="Polygon" PartOfGroup="{group}" Color="#F4FA58"><Coordinates>
        <Coordinate Order="0" X="{at + 10}" Y="{at + 10}" />
        <Coordinate Order="1" X="{at + 90}" Y="{at + 10}" /><Coordinate Order="2" X="{at + 90}" Y="{at + 90}" />
        </Coordinates></Annotation>
        </Annotations></ASAP_Annotations>
        """;
}
