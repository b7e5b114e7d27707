using Google.Protobuf;
using Histoseg.Engine;
using Histoseg.Engine.Checkpoints;
using Histoseg.Engine.Tensors;
using Histoseg.Export.Checking;
using Histoseg.Export.Graph;
using Histoseg.Segmentation.Models;

namespace Histoseg.Export;

/// <summary>Writes trained models as ONNX files.</summary>
public static class OnnxExport
{
    /// <summary>Least side of the images that a network for any size is verified on.</summary>
    private const int LeastSide = 64;

    /// <summary>
    /// Writes a model as an ONNX file that ONNX Runtime has been seen to run as the engine does, and how to use it as text beside it; otherwise nothing is
    /// written.
    /// </summary>
    /// <param name="path">The file; the text is there with <c>.md</c> after its name.</param>
    /// <param name="model">The model.</param>
    /// <param name="weights">Its parameters and running statistics.</param>
    /// <param name="source">Where they came from, for errors.</param>
    /// <param name="settings">What the user decides.</param>
    /// <param name="cancel">Stops it between steps.</param>
    /// <param name="note">Told what takes long; null: nobody is.</param>
    /// <exception cref="EngineError">The file exists already, an operation has no translation, the weights do not fit, or the file's answers differ from
    /// the model's.</exception>
    /// <exception cref="WriteError">The file cannot be written.</exception>
    public static ExportResult Write(string path, ModelDescription model, ParameterSet<float> weights, string source, ExportSettings settings,
        CancellationToken cancel, Action<string>? note = null)
    {
        Prepare(path, settings.Overwrite);
        var patch = settings.PatchSize ?? model.PatchSizePixels;
        var multiple = model.CreateNetwork().OutputStride;
        var (content, takesAnySize) = OnnxModel.Build(model, weights, source, patch);
        var batches = takesAnySize ? OfTwoSizes(multiple) : [new(2, patch, patch, 3)];
        var agreement = Write(path, content, new Verification(model, weights, source, batches, note), cancel);
        var result = new ExportResult(path, patch, multiple, takesAnySize, agreement.Difference, agreement.Rounding, ExportedModel.RuntimeVersion);
        ExportReadme.Write(model, result);
        return result;
    }

    /// <summary>Writes content that passes verification; of other content nothing is left.</summary>
    internal static Agreement Write(string path, ModelProto content, Verification verification, CancellationToken cancel)
    {
        var agreement = default(Agreement);
        WholeFile.Write(path, content.WriteTo, partial => agreement = verification.Check(partial, cancel));
        return agreement;
    }

    /// <summary>Two batches of different number, height and width, none of them a square.</summary>
    private static Shape[] OfTwoSizes(int multiple)
    {
        var side = (LeastSide + multiple - 1) / multiple * multiple;
        return [new(2, side, side + multiple, 3), new(3, side + multiple, side, 3)];
    }

    private static void Prepare(string path, bool overwrite)
    {
        if (Directory.Exists(path))
            throw new EngineError($"{path}: this is a folder; give the name of a file in it, such as {Path.Combine(path, "model.onnx")}");
        if (File.Exists(path) && !overwrite)
            throw new EngineError($"{path}: the file exists already; give another name, or replace it") { Remedy = Remedy.Overwrite };
        Leftovers.Remove(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
