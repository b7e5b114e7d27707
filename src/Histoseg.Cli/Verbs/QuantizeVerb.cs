using System.CommandLine;
using System.Runtime.Intrinsics.X86;
using Histoseg.Cli.Terminal;
using Histoseg.Engine.Devices;
using Histoseg.Training.Quantising;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine quantize</c>: a model in 8 bits, for processors.</summary>
internal sealed class QuantizeVerb : Verb
{
    private const int MostPatches = 100_000;

    private readonly Option<string> _model = new("--model", "-m") { Description = "The model folder that training wrote", Required = true };
    private readonly Option<string> _out = new("--out", "-o") { Description = "The folder of the new model", Required = true };
    private readonly Option<string[]> _inputs = new("--input", "-i")
    { Description = "Slides to calibrate on, like those to come: files, folders or patterns", Required = true, AllowMultipleArgumentsPerToken = true };
    private readonly Option<int> _patches = NumberOption.Create("--patches", "Patches of them to calibrate on", 64);
    private readonly Option<string?> _config = new("--config", "-c")
    { Description = "A config whose validation slides tell what it costs; that of the run the model lies in if not given" };
    private readonly Option<double> _loss = NumberOption.Create("--accept-loss", "The most points of Dice that a class may lose", 0.5);
    private readonly Option<double?> _mpp = NumberOption.Create<double>("--mpp-override", "µm per pixel of the slides to calibrate on, whatever they say");
    private readonly Option<int> _threads = NumberOption.Create("--threads", "Threads; 0: one per core", 0);
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace a model that is there already" };

    /// <summary>The verb.</summary>
    public QuantizeVerb(Session session) : base(
        "quantize",
        "Makes a model with weights and maps of 8 bits, which processors run faster, and tells what it costs.",
        """
        engine quantize -m RUN/model -o model-int8 -i slides/
        engine quantize -m RUN/model -o model-int8 -i slides/ -c other.yaml --accept-loss 1
        """,
        session)
    {
        foreach (var option in new Option[] { _model, _out, _inputs, _patches, _config, _loss, _mpp, _threads, _overwrite })
            Add(option);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var (patches, loss, mpp, threads) = (given.GetValue(_patches), given.GetValue(_loss), given.GetValue(_mpp), given.GetValue(_threads));
        if (patches is < 1 or > MostPatches)
            throw new ConfigError(Figures.Text($"{_patches.Name} {patches}: it is 1 to {MostPatches}"));
        if (!(loss is >= 0 and <= 100))
            throw new ConfigError(Figures.Text($"{_loss.Name} {loss}: it is 0 to 100 points"));
        if (mpp is { } scale && !(scale is > 0 and <= 1000))
            throw new ConfigError(Figures.Text($"{_mpp.Name} {scale}: it is above 0"));
        if (threads is < 0 or > 1024)
            throw new ConfigError($"{_threads.Name} {threads}: it is 0 to 1024");
        using var backend = DeviceOpener.OpenProcessor(threads);
        var settings = new QuantiseSettings(given.GetValue(_model)!, given.GetValue(_out)!, given.GetValue(_inputs)!, patches, given.GetValue(_config), mpp,
            loss / 100, given.GetValue(_overwrite));
        var done = new ModelQuantiser(settings, backend, line => Session.Error.WriteLine(Visible.Line($"engine: {line}")), Session.Cancel).Run();
        Write(settings, done);
        return ExitCode.Success;
    }

    private void Write(QuantiseSettings settings, QuantiseResult done)
    {
        var comparison = done.Comparison;
        Session.Out.WriteLine(Visible.Line($"{settings.Output}: {Figures.Count(done.Layers, "convolution")} in 8 bits, calibrated on {done.CalibratedOn}; "
            + $"weights {Figures.Bytes(done.BytesBefore)} before, {Figures.Bytes(done.BytesAfter)} now"));
        foreach (var one in comparison.Classes)
            Session.Out.WriteLine(Visible.Line(comparison.HasTruth
                ? Figures.Text($"{one.Name}: Dice {one.Before:0.0000} before, {one.After:0.0000} now ")
                    + Figures.Text($"({-100 * one.Loss:+0.00;-0.00;0.00} points), {comparison.Where}")
                : Figures.Text($"{one.Name}: Dice {one.After:0.0000} between both models, {comparison.Where}; there was no truth to compare with (-c)")));
        Session.Out.WriteLine(Figures.Text($"{comparison.Before / comparison.After:0.00} times as fast there ")
            + Figures.Text($"({comparison.Before:0.0} s before, {comparison.After:0.0} s now)"));
        if (!AvxVnni.IsSupported)
            Session.Error.WriteLine("engine: this processor has no AVX-VNNI, without which 8 bits are hardly faster than float32 (docs/quantising.md)");
    }
}
