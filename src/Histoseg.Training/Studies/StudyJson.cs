using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Histoseg.Engine;

namespace Histoseg.Training.Studies;

/// <summary>How the study's JSON files are written and read.</summary>
internal static class StudyJson
{
    /// <summary>Keys in snake_case, indented.</summary>
    public static JsonSerializerOptions Options { get; } = Create(indented: true);

    /// <summary>The same on one line.</summary>
    public static JsonSerializerOptions Compact { get; } = Create(indented: false);

    /// <summary>Reads a file.</summary>
    /// <exception cref="EngineError">It is damaged.</exception>
    public static T Read<T>(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Options) ?? throw new JsonException("it is empty");
        }
        catch (JsonException error)
        {
            throw new EngineError($"{path}: cannot be read ({error.Message.ReplaceLineEndings(" ")}); delete its folder to make the run anew", error);
        }
    }

    private static JsonSerializerOptions Create(bool indented) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = indented,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
