using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Histoseg.Engine;
using Histoseg.Engine.Checkpoints;

namespace Histoseg.Segmentation.Models;

/// <summary>A trained model on disk: <c>model.safetensors</c>, <c>model.json</c> and a model card <c>README.md</c>.</summary>
public static class ModelFolder
{
    /// <summary>File name of the weights.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>File name of the description.</summary>
    public const string DescriptionFile = "model.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>Writes the three files. Each appears whole or not at all; the description comes last.</summary>
    /// <exception cref="EngineError">The folder is not writable or the disk is full.</exception>
    public static void Save(string folder, ModelDescription description, ParameterSet<float> weights)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new EngineError($"{folder}: the model folder cannot be made ({e.Message}); choose a writable folder", e);
        }
        var writer = new SafeTensorsWriter();
        weights.Save(writer);
        writer.AddMetadata("network", description.Network);
        writer.Save(Path.Combine(folder, WeightsFile));
        WholeFile.Write(Path.Combine(folder, "README.md"), file => file.Write(Encoding.UTF8.GetBytes(Card(description))));
        WholeFile.Write(Path.Combine(folder, DescriptionFile), file => JsonSerializer.Serialize(file, description, Json));
    }

    /// <summary>Reads a model folder.</summary>
    /// <exception cref="EngineError">A file is missing, damaged or of another version.</exception>
    public static (ModelDescription Description, ParameterSet<float> Weights) Load(string folder)
    {
        var path = Path.Combine(folder, DescriptionFile);
        if (!File.Exists(path))
            throw new EngineError($"{folder}: this is no model folder, it has no {DescriptionFile}; give the folder 'model' that training wrote");
        ModelDescription description;
        try
        {
            description = JsonSerializer.Deserialize<ModelDescription>(File.ReadAllBytes(path), Json) ?? throw new JsonException("it is empty");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new EngineError($"{path}: cannot be read as a model description: {e.Message}", e);
        }
        if (description.FormatVersion != 1)
            throw new EngineError($"{path}: format version {description.FormatVersion} is not known to this program; update it");
        if (description.ClassNames is null || description.ClassNames.Count != description.NumClasses)
            throw new EngineError($"{path}: num_classes is {description.NumClasses} but class_names lists {description.ClassNames?.Count ?? 0}");
        if (description.PatchSizePixels < 8 || description.PatchSizePixels % 8 != 0)
            throw new EngineError($"{path}: patch_size_pixels {description.PatchSizePixels} is not a positive multiple of 8");
        if (description.Normalisation is not { Mean.Count: 3, Deviation.Count: 3 } || description.Normalisation.Deviation.Any(d => !(d > 0)))
            throw new EngineError($"{path}: normalisation needs three means and three deviations above 0");
        using var file = SafeTensors.Open(Path.Combine(folder, WeightsFile));
        return (description, ParameterSet<float>.Load(file));
    }

    private static string Card(ModelDescription d)
    {
        var card = new StringBuilder();
        card.AppendLine(CultureInfo.InvariantCulture, $"# {d.Network}: {string.Join(", ", d.ClassNames)}");
        card.AppendLine();
        card.AppendLine("A semantic segmentation model for H&E histopathology, trained with Histoseg Engine. For research; not a medical device.");
        card.AppendLine();
        card.AppendLine("| | |");
        card.AppendLine("|---|---|");
        card.AppendLine(CultureInfo.InvariantCulture, $"| Network | `{d.Network}`, width {d.Width}, k {d.K}, GICN channels {d.GicnChannels} |");
        card.AppendLine(CultureInfo.InvariantCulture, $"| Classes | {string.Join(", ", d.ClassNames.Select((name, i) => $"{i} {name}"))} |");
        card.AppendLine(CultureInfo.InvariantCulture, $"| Patch | {d.PatchSizePixels} × {d.PatchSizePixels} pixels at {(d.SpacingUmPx is { } mpp ? $"{mpp.ToString(CultureInfo.InvariantCulture)} µm per pixel" : "the pictures' own scale")} |");
        card.AppendLine(CultureInfo.InvariantCulture, $"| Training | {d.TrainingData}; {d.Iteration} iterations |");
        foreach (var (name, value) in d.Metrics)
            card.AppendLine(CultureInfo.InvariantCulture, $"| {name} | {value:0.0000} |");
        card.AppendLine();
        card.AppendLine("```");
        card.AppendLine("engine infer -m THIS_FOLDER -i SLIDES -o OUT");
        card.AppendLine("```");
        return card.ToString();
    }
}
