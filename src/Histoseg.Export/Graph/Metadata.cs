using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Histoseg.Engine;
using Histoseg.Segmentation.Models;
using Histoseg.Segmentation.Networks;

namespace Histoseg.Export.Graph;

/// <summary>The metadata of an exported file: what its user must know to feed it and to read its answers.</summary>
internal static class Metadata
{
    /// <summary>What the graph's input is.</summary>
    public const string InputDescription =
        "RGB images, float32 (batch, 3, height, width), "
        + "channel c normalised as (value / 255 - normalisation_mean[c]) / normalisation_std[c]";

    /// <summary>What the graph's output is.</summary>
    public const string OutputDescription = "probability of each class per pixel, float32 (batch, classes, height, width), in the order of class_names";

    private const string MeanKey = "normalisation_mean", DeviationKey = "normalisation_std";

    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The entries for a model. Lists are JSON; what the model does not have is left out.</summary>
    public static IEnumerable<(string Key, string Value)> Of(ModelDescription model, int patchSize, int sizeMultiple, bool takesAnySize)
    {
        yield return ("network", model.Network.Name);
        yield return ("network_description", model.Network.ToJson());
        // The same key by key, for readers that know no JSON.
        foreach (var key in NetworkKeys.All.Where(key => key.Name != "name" && key.ValueIn(model.Network) is not (null or "null")))
            yield return (key.Name, key.ValueIn(model.Network)!);
        yield return ("class_names", List(model.ClassNames));
        if (model.SpacingUmPx is { } spacing)
            yield return ("spacing_um_px", spacing.ToString(CultureInfo.InvariantCulture));
        yield return ("patch_size_pixels", Number(patchSize));
        yield return ("size_multiple", Number(sizeMultiple));
        yield return ("dynamic_size", takesAnySize ? "true" : "false");
        yield return (MeanKey, List(model.Normalisation.Mean));
        yield return (DeviationKey, List(model.Normalisation.Deviation));
        yield return ("input", InputDescription);
        yield return ("output", OutputDescription);
        yield return ("training_data", model.TrainingData);
        yield return ("iteration", Number(model.Iteration));
    }

    /// <summary>Reads the normalisation back, as a user of the file does.</summary>
    /// <exception cref="EngineError">It is not there.</exception>
    public static Normalisation ReadNormalisation(IReadOnlyDictionary<string, string> metadata)
    {
        double[] Three(string key) => metadata.TryGetValue(key, out var text) && JsonSerializer.Deserialize<double[]>(text) is { Length: 3 } list
            ? list
            : throw new EngineError($"the exported file does not tell {key}");
        return new(Three(MeanKey), Three(DeviationKey));
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string List<T>(IReadOnlyList<T> items) => JsonSerializer.Serialize(items, Json);
}
