using System.CommandLine;
using System.Globalization;
using Histoseg.Cli.Terminal;
using Histoseg.Export;
using Histoseg.Segmentation.Models;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine export</c>: writes a trained model as ONNX.</summary>
internal sealed class ExportVerb : Verb
{
    private readonly Option<string> _model = new("--model", "-m") { Description = "The model folder that training wrote", Required = true };
    private readonly Option<string> _out = new("--out", "-o") { Description = "The ONNX file to write", Required = true };
    private readonly PatchSizeOption _patchSize = new("Side of the patch in pixels that the file is made for; the one trained with if not given. "
        + "Networks without global pyramid pooling take any other size too");
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace a file that is there already" };

    /// <summary>The verb.</summary>
    public ExportVerb(Session session) : base(
        "export",
        "Writes a trained model as an ONNX file and verifies it with ONNX Runtime.",
        """
        engine export -m RUN/model -o model.onnx
        engine export -m RUN/model -o model.onnx --patch-size 1024 --overwrite
        """,
        session)
    {
        foreach (var option in new Option[] { _model, _out, _patchSize.Option, _overwrite })
            Add(option);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var folder = given.GetValue(_model)!;
        var (description, weights) = ModelFolder.Load(folder);
        var side = _patchSize.Of(given, description);
        var done = OnnxExport.Write(given.GetValue(_out)!, description, weights, folder, new(side, given.GetValue(_overwrite)), Session.Cancel,
            line => Session.Error.WriteLine($"engine: {line}"));
        var sizes = done.TakesAnySize
            ? $"images of any size in multiples of {done.SizeMultiple} pixels"
            : $"images of {done.PatchSize}×{done.PatchSize} pixels only, for its global pooling windows depend on the size";
        var rounding = description.Quantisation is not null
            ? Figures.Text($", on average by less than twice the {done.Rounding:0.0e+0} that steps of 8 bits make")
            : done.Rounding > 0 ? string.Create(CultureInfo.InvariantCulture, $", as float32 does from float64 by {done.Rounding:0.0e+0}") : "";
        Session.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{done.Path}: takes batches of any number of {sizes}; verified: the probabilities of ONNX Runtime {done.RuntimeVersion} differ from the "
                + $"engine's by {done.Difference:0.0e+0} at most{rounding}; how to use it is in {done.Path}.md"));
        return ExitCode.Success;
    }
}
