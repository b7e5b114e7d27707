using Histoseg.Cli.Terminal;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Output;
using Histoseg.Slides.Sampling;

namespace Histoseg.Cli.Tests;

/// <summary>The verbs in the order a user types them, on slides of a few hundred pixels.</summary>
public sealed class EndToEndTests : IDisposable
{
    private const string Config = """
        network: {width: 1, gicn_channels: 2, k: 3}
        data:
          manifest: slides/manifest.csv
          mpp: 1.0
          patch_size: 32
          stride: 32
          labels: [{groups: [tumor], class: tumour}, {groups: [exclusion], class: background}]
        training: {iterations: 2, batch_size: 2, log_every: 1, threads: 1}
        """;

    private readonly TempFolder _folder = new();

    public EndToEndTests()
    {
        Do(ExitCode.Success, "synth", "-o", _folder["slides"], "--train", "1", "--width", "256", "--height", "256");
        File.WriteAllText(_folder["train.yaml"], Config);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void From_slides_to_a_report()
    {
        var check = Do(ExitCode.Success, "check", "-c", _folder["train.yaml"], "-o", _folder["overlays"]);
        Assert.Contains("all 3 slides can be used", check.Output);
        Assert.Equal(3, Directory.GetFiles(_folder["overlays"], "*.png").Length);

        Assert.Contains("memory in all", Do(ExitCode.Success, "plan", "-c", _folder["train.yaml"]).Output);
        using var plan = System.Text.Json.JsonDocument.Parse(Do(ExitCode.Success, "plan", "-c", _folder["train.yaml"], "--json").Output);
        Assert.Equal(8, plan.RootElement.GetProperty("output_stride").GetInt32());
        Assert.True(plan.RootElement.GetProperty("parameters").GetInt64() > plan.RootElement.GetProperty("parameters_without_backbone").GetInt64());
        Assert.True(plan.RootElement.GetProperty("training").GetProperty("peak_bytes").GetInt64() > 0);
        Assert.Equal(plan.RootElement.GetProperty("network").GetString(), plan.RootElement.GetProperty("network_description").GetProperty("name").GetString());

        var train = Do(ExitCode.Success, "train", "-c", _folder["train.yaml"], "-o", _folder["run"], "--set", "seed=5",
            "--set", "data.colours={tumour: '#010203'}");
        Assert.Equal([_folder["run/model"], _folder["run/report.html"]],
            train.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        var card = File.ReadAllText(_folder["run/model/README.md"]).ReplaceLineEndings("\n");
        Assert.EndsWith("\n```\nengine infer -m THIS_FOLDER -i SLIDES -o OUT\n```\n", card);
        Assert.Contains("seed: 5", File.ReadAllText(_folder["run/config.yaml"]));
        Assert.Equal(3, File.ReadAllLines(_folder["run/metrics.csv"]).Length);

        var again = Do(ExitCode.Failed, "train", "-c", _folder["train.yaml"], "-o", _folder["run"]);
        Assert.Contains("--resume", again.Error);
        Assert.Contains("seed: 5", File.ReadAllText(_folder["run/config.yaml"]));

        File.WriteAllText(_folder["slides/text.svs"], "no slide");
        var infer = Do(ExitCode.SomeSlidesFailed, "infer", "-i", _folder["slides/synth_002.tif"], _folder["slides/text.svs"], "-m", _folder["run/model"], "-o",
            _folder["out"], "--output", "mask,csv");
        Assert.Contains("done    " + _folder["slides/synth_002.tif"], infer.Output);
        Assert.Contains("failed  " + _folder["slides/text.svs"], infer.Output);
        Assert.True(File.Exists(_folder["out/segmentations/synth_002.tif"]));
        Assert.False(Directory.Exists(_folder["out/heatmaps"]));
        string Metadata(string output) => File.ReadAllText(Assert.Single(Directory.GetFiles(_folder[output], "run_metadata_*.json")));
        Assert.Contains("\"all_outlines\": false", Metadata("out"));
        var coarse = Do(ExitCode.Success, "infer", "-i", _folder["slides/synth_002.tif"], "-m", _folder["run/model"], "-o", _folder["out-all"],
            "--output", "geojson,geojson-gz,asap,imagescope,regions", "--min-object-mm2", "0", "--mpp", "25");
        Assert.Contains("engine: 25 µm per pixel (--mpp) is no usual scale of a microscope (×40 is about 0.25); check it\n", coarse.Error);
        Assert.Contains("\"all_outlines\": true", Metadata("out-all"));
        // One truth in every kind, and the config's colour in those that have colours.
        var polygons = AnnotationFile.Load(_folder["out-all/model-outputs-geojson/synth_002.geojson"]).Regions.Count;
        Assert.NotEqual(0, polygons);
        foreach (var other in new[] { "geojson/synth_002.geojson.gz", "asap/synth_002.xml", "imagescope/synth_002.xml" })
            Assert.Equal(polygons, AnnotationFile.Load(_folder["out-all/model-outputs-" + other]).Regions.Count);
        Assert.Equal(1 + polygons, File.ReadAllLines(_folder["out-all/model-outputs-regions/synth_002.csv"]).Length);
        Assert.Contains("\"color\":[1,2,3]", File.ReadAllText(_folder["out-all/model-outputs-geojson/synth_002.geojson"]));
        Assert.Contains("#010203", File.ReadAllText(_folder["out-all/model-outputs-asap/synth_002.xml"]));
        Assert.Contains("\"tumour\": \"#010203\"", Metadata("out-all"));

        var eval = Do(ExitCode.Success, "eval", "-c", _folder["run/config.yaml"], "-p", _folder["out"], "--split", "test", "--run", _folder["run"], "--report",
            _folder["report.html"]);
        Assert.StartsWith("# Evaluation", eval.Output);
        Assert.Contains("<svg", File.ReadAllText(_folder["report.html"]));
        Assert.Contains("#010203", File.ReadAllText(_folder["report.html"]));
        Assert.Contains("#010203", File.ReadAllText(_folder["run/report.html"]));
        Assert.True(File.Exists(_folder["out/evaluation.csv"]));

        var froc = Do(ExitCode.Failed, "eval", "-c", _folder["run/config.yaml"], "-p", _folder["out"], "--split", "test", "--froc", "tumour");
        Assert.Contains("--output mask,heatmap", froc.Error);
    }

    [Fact]
    public void Lesions_of_a_drawn_slide_that_is_segmented_as_annotated_are_all_found()
    {
        var manifest = Do(ExitCode.Success, "synth", "-o", _folder["large"], "--train", "0", "--val", "0", "--test", "1", "--width", "1024", "--height", "1024",
            "--mpp", "2").Output.Trim();
        var row = Assert.Single(Manifest.Load(manifest).Rows);
        var map = new ClassMap(["background", "tumour"], [new(["tumor"], "tumour"), new(["exclusion"], "background")], [], []);
        var labels = new byte[512 * 512];
        LabelSource.FromAnnotation(AnnotationFile.Load(row.Annotation!), map, 1024, 1024).Paint(0, 0, 512, 512, 2, labels);
        var name = Path.GetFileNameWithoutExtension(row.Slide);
        void Write(string kind, PyramidKind pyramid, byte[] pixels)
        {
            using var writer = new PyramidWriter(_folder[$"out/{kind}/{name}.tif"], 512, 512, 4, pyramid);
            writer.Write(pixels);
            writer.Complete();
        }
        Write("segmentations", PyramidKind.Labels, labels);
        Write("heatmaps", PyramidKind.Grey8, [.. labels.Select(label => (byte)(label * 200))]);

        string[] eval = ["eval", "-c", _folder["train.yaml"], "--set", $"data.manifest={manifest}", "-p", _folder["out"], "--froc"];
        var result = Do(ExitCode.Success, [.. eval, "Tumour", "--report", _folder["report.html"]]);
        Assert.Matches(@"tumour: score 1\.0000, [1-9]\d* lesions? on 1 slide", result.Output);
        Assert.Contains("Sensitivity over false positives per slide", File.ReadAllText(_folder["report.html"]));
        Assert.NotEmpty(File.ReadAllLines(_folder[$"out/detections/{name}.csv"]));
        Assert.True(File.Exists(_folder["out/froc.csv"]));
        Directory.CreateDirectory(_folder["lists"]);
        File.WriteAllText(_folder[$"lists/{name}.csv"], "");
        Assert.Contains("tumour: score 0.0000", Do(ExitCode.Success, [.. eval, "tumour", "--detections", _folder["lists"]]).Output);
    }

    [Theory]
    [InlineData(ExitCode.BadUsage, "did you mean 'network.width'", "train", "-c", "{train.yaml}", "-o", "{run}", "--set", "network.widht=2")]
    [InlineData(ExitCode.BadUsage, "multiple of 8", "train", "-c", "{train.yaml}", "-o", "{run}", "--set", "data.patch_size=36")]
    [InlineData(ExitCode.BadUsage, "multiple of 32", "train", "-c", "{train.yaml}", "-o", "{run}", "--set", "data.patch_size=40", "--set",
        "network.name=segnet")]
    [InlineData(ExitCode.BadUsage, "the config cannot be read: no such file", "train", "-c", "{nowhere.yaml}")]
    [InlineData(ExitCode.Failed, "does not exist", "train", "-c", "{train.yaml}", "-o", "{run}", "--set", "data.manifest=/nowhere.csv")]
    [InlineData(ExitCode.Failed, "no model folder", "infer", "-i", "{slides}", "-m", "{slides}", "-o", "{out}")]
    [InlineData(ExitCode.BadUsage, "did you mean 'mask'", "infer", "-i", "{slides}", "-m", "{slides}", "-o", "{out}", "--output", "maks")]
    [InlineData(ExitCode.BadUsage, "above 0", "infer", "-i", "{slides}", "-m", "{slides}", "-o", "{out}", "--mpp-override", "-1")]
    [InlineData(ExitCode.BadUsage, "area in mm²", "infer", "-i", "{slides}", "-m", "{slides}", "-o", "{out}", "--min-object-mm2", "-1")]
    [InlineData(ExitCode.BadUsage, "area in mm²", "infer", "-i", "{slides}", "-m", "{slides}", "-o", "{out}", "--fill-holes-mm2", "1e7")]
    [InlineData(ExitCode.BadUsage, "train, val or test", "eval", "-c", "{train.yaml}", "-p", "{out}", "--split", "tset")]
    [InlineData(ExitCode.BadUsage, "did you mean 'tumour'", "eval", "-c", "{train.yaml}", "-p", "{out}", "--froc", "tumor")]
    [InlineData(ExitCode.BadUsage, "other than the background", "eval", "-c", "{train.yaml}", "-p", "{out}", "--froc", "background")]
    [InlineData(ExitCode.BadUsage, "--froc", "eval", "-c", "{train.yaml}", "-p", "{out}", "--detections", "{slides}")]
    [InlineData(ExitCode.BadUsage, "no such folder", "eval", "-c", "{train.yaml}", "-p", "{out}", "--froc", "tumour", "--detections", "{nowhere}")]
    [InlineData(ExitCode.Failed, "no such folder of predictions", "eval", "-c", "{train.yaml}", "-p", "{out}")]
    [InlineData(ExitCode.Failed, "cannot be", "train", "-c", "{train.yaml}", "-o", "{train.yaml}")]
    public void Bad_input_is_one_line_on_stderr(int code, string says, params string[] args)
    {
        var result = Do(code, [.. args.Select(arg => arg.StartsWith('{') ? _folder[arg.Trim('{', '}')] : arg)]);
        var line = Assert.Single(result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => !line.EndsWith("computing on the CPU", StringComparison.Ordinal));
        Assert.StartsWith("engine: ", line);
        Assert.DoesNotContain("unexpected", line);
        Assert.Contains(says, line);
        Assert.Empty(result.Output);
    }

    [Fact]
    public void Stopping_says_how_to_go_on()
    {
        using var error = new StringWriter();
        var code = Application.Run(["train", "-c", _folder["train.yaml"], "-o", _folder["run"]], TextWriter.Null, error, new CancellationToken(canceled: true));
        Assert.Equal(ExitCode.Stopped, code);
        Assert.Contains("--resume", error.ToString());
        Do(ExitCode.Success, "train", "-c", _folder["run/config.yaml"], "-o", _folder["run"], "--resume");
    }

    private static (int Code, string Output, string Error) Do(int code, params string[] args)
    {
        var result = ApplicationTests.Run(args);
        Assert.True(result.Code == code, $"{string.Join(' ', args)}: {result.Code}\n{result.Output}\n{result.Error}");
        return result;
    }
}
