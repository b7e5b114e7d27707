using System.Text.Json.Nodes;

namespace Histoseg.Segmentation.Models;

/// <summary>Model descriptions of version 1, in which the network was a name and its keys stood beside those of the model.</summary>
internal static class ModelFormat1
{
    private static readonly string[] Keys = ["width", "k", "gicn_channels", "gpp_pooling", "crf"];

    /// <summary>Whether a file is of that version.</summary>
    public static bool Is(JsonNode? file) => file is JsonObject model && model["network"] is JsonValue;

    /// <summary>The same as version 2.</summary>
    public static JsonObject ToFormat2(JsonObject model)
    {
        var network = new JsonObject { ["name"] = Take(model, "network") };
        foreach (var key in Keys.Where(model.ContainsKey))
            network[key] = Take(model, key);
        model["network"] = network;
        // Only what says it is of version 1 is taken for it; of another number the reader complains.
        if (model["format_version"] is JsonValue version && version.TryGetValue<int>(out var number) && number == 1)
            model["format_version"] = ModelDescription.Format;
        return model;
    }

    private static JsonNode? Take(JsonObject model, string key)
    {
        var value = model[key];
        model.Remove(key);
        return value;
    }
}
