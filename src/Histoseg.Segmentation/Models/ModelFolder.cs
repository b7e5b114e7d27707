using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Histoseg.Engine;
using Histoseg.Engine.Checkpoints;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Segmentation.Models;

/// <summary>A trained model on disk: <c>model.safetensors</c>, <c>model.json</c> and a model card <c>README.md</c>.</summary>
internal static class ModelFolder
{
    /// <summary>File name of the weights.</summary>
    public const string WeightsFile = "model.safetensors";

    /// <summary>File name of the description.</summary>
    public const string DescriptionFile = "model.json";

    /// <summary>The largest patch that can be trained.</summary>
    private const int LargestPatch = 4096;

    private static readonly JsonDocumentOptions _noNameTwice = new() { AllowDuplicateProperties = false };

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        TypeInfoResolver = NetworkDescription.WithoutNulls,
    };

    /// <summary>Writes the three files. Each appears whole or not at all; the description comes last.</summary>
    /// <param name="folder">The model folder.</param>
    /// <param name="description">What <c>model.json</c> and the card tell.</param>
    /// <param name="weights">Parameters and running statistics; of a quantised model what <see cref="QuantisedWeights.Rounded"/> gave.</param>
    /// <param name="usage">What the card tells of using the model, in Markdown; null: nothing.</param>
    /// <exception cref="WriteError">The folder is not writable or the disk is full.</exception>
    public static void Save(string folder, ModelDescription description, ParameterSet<float> weights, string? usage = null)
    {
        var writer = new SafeTensorsWriter();
        if (description.Quantisation is { } quantisation)
            QuantisedWeights.Save(weights, quantisation.ToLayers(), writer);
        else
            weights.Save(writer);
        writer.AddMetadata("network", description.Network.Name);
        writer.Save(Path.Combine(folder, WeightsFile));
        WholeFile.WriteText(Path.Combine(folder, "README.md"), Card(description, usage));
        WholeFile.Write(Path.Combine(folder, DescriptionFile), file => JsonSerializer.Serialize(file, description, Json));
    }

    /// <summary>Reads a model folder.</summary>
    /// <exception cref="EngineError">A file is missing, damaged or of another version.</exception>
    public static (ModelDescription Description, ParameterSet<float> Weights) Load(string folder)
    {
        var description = LoadDescription(folder);
        using var file = OpenWeights(folder);
        return (description, LoadWeights(folder, description, file));
    }

    /// <summary>Reads the weights of a model folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="description">What <see cref="LoadDescription"/> gave for it.</param>
    /// <param name="file">What <see cref="OpenWeights"/> gave for it, which the caller keeps owning.</param>
    /// <exception cref="EngineError">They are damaged.</exception>
    public static ParameterSet<float> LoadWeights(string folder, ModelDescription description, SafeTensors file) =>
        description.Quantisation is { } quantisation
            ? QuantisedWeights.Load(file, quantisation.ToLayers(), Path.Combine(folder, WeightsFile)) : ParameterSet<float>.Load(file);

    /// <summary>Opens the weights of a model folder whose description is there.</summary>
    /// <exception cref="EngineError">They are missing or damaged.</exception>
    public static SafeTensors OpenWeights(string folder) => Path.Combine(folder, WeightsFile) is var weights && File.Exists(weights)
        ? SafeTensors.Open(weights)
        : throw new EngineError($"{folder}: {WeightsFile} is missing beside {DescriptionFile}; copy the whole folder again");

    /// <summary>Makes sure that a folder is one of a model, by a look at it.</summary>
    /// <exception cref="EngineError">It is none.</exception>
    public static void RequireIs(string folder)
    {
        if (!File.Exists(Path.Combine(folder, DescriptionFile)))
            throw new EngineError($"{folder}: this is no model folder, it has no {DescriptionFile}; give the folder 'model' that training wrote");
    }

    /// <summary>Reads what a model folder tells of the model, without its weights.</summary>
    /// <exception cref="EngineError">The description is missing, damaged or of another version.</exception>
    public static ModelDescription LoadDescription(string folder)
    {
        RequireIs(folder);
        var path = Path.Combine(folder, DescriptionFile);
        ModelDescription description;
        try
        {
            description = Parse(InputFile.ReadAllBytes(path)) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            var where = e is { Path: { } place, LineNumber: { } line } ? $"line {line + 1}, {place}: " : "";
            throw new EngineError($"{path}: cannot be read as a model description ({where}{Plain(e)}); copy or train the model again", e);
        }
        catch (InvalidOperationException e)
        {
            throw new EngineError($"{path}: cannot be read as a model description (it has text that is no Unicode); copy or train the model again", e);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new EngineError($"{path}: cannot be read: {FileTrouble.InWords(e)}", e);
        }
        return WhatIsWrong(description) is { } wrong ? throw new EngineError($"{path}: {wrong}") : description;
    }

    private static ModelDescription? Parse(byte[] file) => JsonNode.Parse(file, null, _noNameTwice) is JsonObject model && ModelFormat1.Is(model)
        ? ModelFormat1.ToFormat2(model).Deserialize<ModelDescription>(Json)
        : JsonSerializer.Deserialize<ModelDescription>(file, Json);

    private static string? WhatIsWrong(ModelDescription d) =>
        d.FormatVersion is not (ModelDescription.Format or ModelDescription.QuantisedFormat)
            ? $"format version {d.FormatVersion} is not known to this program; update it"
        : d.Network is null ? "it names no network; copy or train the model again"
        : Network.WhatIsOutOfRange(d.Network, d.NumClasses) is { } outOfRange ? outOfRange
        : d.ClassNames is null || d.ClassNames.Count != d.NumClasses ? $"num_classes is {d.NumClasses} but class_names lists {d.ClassNames?.Count ?? 0}"
        : d.ClassNames.Any(string.IsNullOrWhiteSpace) ? "class_names has an empty name; give every class one"
        : d.CreateNetwork().OutputStride is var stride && (d.PatchSizePixels < stride || d.PatchSizePixels % stride != 0)
            ? $"patch_size_pixels {d.PatchSizePixels} is not a positive multiple of {stride}"
        : d.PatchSizePixels > LargestPatch ? $"patch_size_pixels {d.PatchSizePixels} is more than {LargestPatch}"
        : d.SpacingUmPx is { } mpp && !(mpp > 0 && double.IsFinite(mpp))
            ? FormattableString.Invariant($"spacing_um_px {mpp} is not a positive number of µm per pixel")
        : !Enum.IsDefined(d.TissueRule) ? $"tissue_rule {d.TissueRule} is neither white nor otsu"
        : d.TissueThreshold is < 0 or > 255 ? $"tissue_threshold {d.TissueThreshold} is not within 0 to 255"
        : d.Normalisation is not { Mean.Count: 3, Deviation.Count: 3 } || d.Normalisation.Mean.Any(m => !double.IsFinite(m))
            || d.Normalisation.Deviation.Any(v => !(v > 0 && double.IsFinite(v))) ? "normalisation needs three means and three deviations above 0"
        : d.FormatVersion == ModelDescription.QuantisedFormat != d.Quantisation is not null
            ? $"format version {d.FormatVersion} goes {(d.Quantisation is null ? "with" : "without")} a quantisation; copy or quantise the model again"
        : d.Quantisation?.Layers.FirstOrDefault(layer => layer.Value?.IsValid != true).Key is { } layer
            ? $"quantisation of '{layer}' needs a scale above 0, a zero_point within 0 to 255 and an output_axis of 0 or 1"
        : d.TrainingColours is { } colours && (colours.MeanDensity is not { Count: 3 } || colours.MeanDensity.Any(m => !(m > 0 && double.IsFinite(m))))
            ? "training_colours needs three mean densities above 0"
        : null;

    // What the reader says of .NET types and places helps no user.
    private static string Plain(JsonException e) =>
        e.Message.Contains("missing required properties", StringComparison.Ordinal)
            ? $"it lacks {e.Message[(e.Message.IndexOf(':', StringComparison.Ordinal) + 2)..].TrimEnd('.')}"
        : e.Message.Contains("could not be converted", StringComparison.Ordinal) ? "the value is of the wrong type"
        : e.Message.Split(". ")[0].TrimEnd('.');

    private static string Card(ModelDescription d, string? usage)
    {
        var card = new StringBuilder();
        card.AppendLine(CultureInfo.InvariantCulture, $"# {d.Network.Name}: {string.Join(", ", d.ClassNames.Select(MarkdownText.Plain))}");
        card.AppendLine();
        card.AppendLine("A semantic segmentation model for H&E histopathology, trained with Histoseg Engine. For research; not a medical device.");
        card.AppendLine();
        var scale = d.SpacingUmPx is { } mpp ? FormattableString.Invariant($"{mpp} µm per pixel") : "the pictures' own scale";
        string[][] rows =
        [
            ["Network", $"`{d.Network.Name}`, {d.Network.KeysInWords()}"],
            .. d.Network.Pretrained == NetworkDescription.ImageNet ? new[] { new[] { "First weights", ImageNetWeights.Source } } : [],
            ["Classes", string.Join(", ", d.ClassNames.Select((name, i) => $"{i} {MarkdownText.Plain(name)}"))],
            ["Patch", $"{d.PatchSizePixels} × {d.PatchSizePixels} pixels at {scale}"],
            .. d.Quantisation is { } bytes ? new[] { new[] { "Weights",
                $"8 bits in {Figures.Count(bytes.Layers.Count, "layer")}; calibrated on {MarkdownText.Plain(bytes.CalibratedOn)}" } } : [],
            ["Training", $"{MarkdownText.Plain(d.TrainingData)}; {Figures.Count(d.Iteration, "iteration")}"],
            .. d.Metrics.Select(metric => new[] { MarkdownText.Plain(metric.Key), Figures.Share(metric.Value) }),
        ];
        card.Append(MarkdownTable.Of(["", ""], rows, textColumns: 1));
        if (usage is not null)
            card.AppendLine().AppendLine(usage);
        return card.ToString();
    }
}
