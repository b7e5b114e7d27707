using Histoseg.Cli.Terminal;
using Histoseg.Cli.Tests.Robustness;
using Histoseg.Engine;
using Histoseg.Engine.Devices;
using Histoseg.Training.Quantising;

namespace Histoseg.Cli.Tests;

/// <summary>engine quantize with the model of a run.</summary>
[Collection(RobustnessTests.Name)]
public sealed class QuantizeVerbTests(Workshop workshop) : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private EngineResult Quantize(params string[] more) => Workshop.Run(
        ["quantize", "-m", workshop["run/model"], "-o", _folder["q"], "-i", workshop["slides"], "--patches", "6", "--accept-loss", "100", .. more]);

    [Fact]
    public void A_model_in_8_bits_segments_exports_and_is_no_start_for_a_training()
    {
        var made = Quantize("-c", workshop.ConfigPath).Expect(ExitCode.Success);
        Assert.Matches(@"convolutions in 8 bits, calibrated on 6 patches of \d slides; weights \d+ kB before, \d+ kB now", made.Output);
        Assert.Matches(@"tumour: Dice 0\.\d{4} before, 0\.\d{4} now \([+-]?\d+\.\d\d points\), \d validation slides?", made.Output);
        Assert.Contains("times as fast there", made.Output);
        Assert.True(new FileInfo(_folder["q/model.safetensors"]).Length < new FileInfo(workshop["run/model/model.safetensors"]).Length);
        Assert.Contains("8 bits in", File.ReadAllText(_folder["q/README.md"]));

        var slide = Directory.GetFiles(workshop["slides"], "*.tif*").Order(StringComparer.Ordinal).First();
        Workshop.Run("infer", "-m", _folder["q"], "-i", slide, "-o", _folder["out"]).Expect(ExitCode.Success);
        Workshop.Run("infer", "-m", _folder["q"], "-i", slide, "-o", _folder["exact"], "--exact", "--threads", "1").Expect(ExitCode.Success);
        // How many patches go together, and how many are left for the last batch, makes no difference.
        Workshop.Run("infer", "-m", _folder["q"], "-i", slide, "-o", _folder["threes"], "--batch-size", "3").Expect(ExitCode.Success);
        var mask = Path.Combine("segmentations", Path.GetFileNameWithoutExtension(slide) + ".tif");
        Assert.Equal(File.ReadAllBytes(_folder[Path.Combine("out", mask)]), File.ReadAllBytes(_folder[Path.Combine("threes", mask)]));
        Workshop.Run("export", "-m", _folder["q"], "-o", _folder["q.onnx"]).Expect(ExitCode.Success);
        Workshop.Run("train", "-c", workshop.ConfigPath, "-o", _folder["run"], "--set", $"network.pretrained={_folder["q"]}").Expect(ExitCode.Failed)
            .ExpectOneClearLine("weights of 8 bits are no start for a training");
        Workshop.Run("quantize", "-m", _folder["q"], "-o", _folder["twice"], "-i", slide).Expect(ExitCode.Failed).ExpectOneClearLine("in 8 bits already");
        Quantize().Expect(ExitCode.Failed).ExpectOneClearLine("there is a model already", "--overwrite");
        Quantize("--overwrite").Expect(ExitCode.Success);
    }

    [Fact]
    public void Without_a_truth_both_models_are_held_to_one_another()
    {
        Workshop.CopyFolder(workshop["run/model"], _folder["alone"]);
        var made = Workshop.Run("quantize", "-m", _folder["alone"], "-o", _folder["q"], "-i", workshop["slides"], "--patches", "3", "--accept-loss", "100")
            .Expect(ExitCode.Success);
        Assert.Contains("between both models, the 3 patches of 3 slides of the calibration; there was no truth to compare with", made.Output);
    }

    [Theory]
    [InlineData(ExitCode.BadUsage, "no slides to calibrate on", "-i", "{nowhere}")]
    [InlineData(ExitCode.BadUsage, "--patches 0: it is 1 to", "-i", "{}", "--patches", "0")]
    [InlineData(ExitCode.BadUsage, "--accept-loss -1: it is 0 to 100 points", "-i", "{}", "--accept-loss=-1")]
    [InlineData(ExitCode.BadUsage, "--mpp-override 0: it is above 0", "-i", "{}", "--mpp-override", "0")]
    public void Bad_input_is_one_clear_line(int code, string says, params string[] args)
    {
        var given = args.Select(arg => arg.StartsWith('{') ? _folder[arg.Trim('{', '}')] : arg);
        Workshop.Run(["quantize", "-m", workshop["run/model"], "-o", _folder["q"], .. given]).Expect(code).ExpectOneClearLine(says);
        Assert.False(Directory.Exists(_folder["q"]));
    }

    [Fact]
    public void A_loss_that_is_too_large_writes_nothing()
    {
        // Less than nothing is accepted, which every model loses.
        var settings = new QuantiseSettings(workshop["run/model"], _folder["q"], [workshop["slides"]], 3, null, null, MostLoss: -0.01, Overwrite: false);
        using var backend = DeviceOpener.OpenProcessor(1);
        var error = Assert.Throws<EngineError>(() => new ModelQuantiser(settings, backend, _ => { }, CancellationToken.None).Run());
        Assert.StartsWith("nothing was written: the Dice of 'tumour' ", error.Message);
        Assert.EndsWith("or accept more (--accept-loss)", Remedies.InWords(error));
        Assert.False(Directory.Exists(_folder["q"]));
    }
}
