using System.Globalization;
using Histoseg.Segmentation.Models;

namespace Histoseg.Export;

/// <summary>The text beside an exported file, <c>model.onnx.md</c>: what it takes and gives, and a program that uses it.</summary>
internal static class ExportReadme
{
    private const string Example = "segment.py";

    /// <summary>Where the text of a file lies.</summary>
    public static string PathOf(string model) => model + ".md";

    /// <summary>Writes it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="result">What was exported.</param>
    /// <exception cref="WriteError">The file cannot be written.</exception>
    public static void Write(ModelDescription model, ExportResult result) => WholeFile.WriteText(PathOf(result.Path), Text(model, result));

    private static string Text(ModelDescription model, ExportResult result)
    {
        var file = Path.GetFileName(result.Path);
        var size = result.TakesAnySize ? $"any multiples of {result.SizeMultiple}" : $"{result.PatchSize} each, no other";
        var scale = model.SpacingUmPx is { } mpp ? string.Create(CultureInfo.InvariantCulture, $"{mpp:0.####} µm per pixel") : "the pictures' own pixels";
        var numbers = model.Quantisation is null ? "float32" : "8 bits (QDQ)";
        var channels = string.Join(", ", "RGB".Select((name, c) => string.Create(CultureInfo.InvariantCulture,
            $"{name} (value / 255 − {model.Normalisation.Mean[c]:0.####}) / {model.Normalisation.Deviation[c]:0.####}")));
        return $"""
            # {file}

            {model.Network.Name} segments H&E histopathology into {string.Join(", ", model.ClassNames.Select(name => $"`{name}`"))}. For research; not a medical
            device. ONNX, opset {Translation.Translator.Opset}, {numbers}; verified with ONNX Runtime {result.RuntimeVersion}.

            | | name | shape | |
            |---|---|---|---|
            | input | `{OnnxModel.Input}` | (batch, 3, height, width) | {channels} |
            | output | `{OnnxModel.Output}` | (batch, {model.NumClasses}, height, width) | probability of each class, in the order above |

            - Height and width: {size}. The batch is any number; OpenCV's DNN runs SegNet one image at a time.
            - Scale: {scale}. Trained on patches of {model.PatchSizePixels} × {model.PatchSizePixels} pixels.
            - The file's metadata says all of this for programs.

            ## With Python, onnxruntime and numpy

            `{Example}`, for pictures of any size, in overlapping patches:

            ```python
            {ExampleText().TrimEnd()}
            ```

            """;
    }

    private static string ExampleText()
    {
        using var resource = typeof(ExportReadme).Assembly.GetManifestResourceStream(Example)!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
