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
    /// <param name="path">The file.</param>
    /// <param name="remedy">What helps if it is damaged.</param>
    /// <exception cref="EngineError">It is damaged or cannot be read.</exception>
    public static T Read<T>(string path, string remedy = "delete its folder to make the run anew")
    {
        try
        {
            return JsonSerializer.Deserialize<T>(InputFile.ReadAllBytes(path), Options) ?? throw new JsonException("it is empty");
        }
        catch (JsonException error)
        {
            throw new EngineError(Figures.Text(
                $"{path}: line {(error.LineNumber ?? 0) + 1} is not as it was written; {remedy}"), error);
        }
        catch (Exception error) when (FileTrouble.Is(error))
        {
            throw new EngineError($"{path}: cannot be read: {FileTrouble.InWords(error)}", error);
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
