using System.Text.Json;
using System.Text.Json.Serialization;
using Histoseg.Segmentation.Inference;

namespace Histoseg.Cli.Workers;

/// <summary>What a worker tells its supervisor, a line of JSON each on its standard output. One of the properties is set.</summary>
internal sealed record WorkerMessage
{
    private static readonly JsonSerializerOptions _json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>The run has begun.</summary>
    public RunStart? Start { get; init; }

    /// <summary>It opens a slide, to learn its size or to segment it.</summary>
    public string? LookingAt { get; init; }

    /// <summary>How many slides it is at besides the one that is segmented.</summary>
    public int? Beside { get; init; }

    /// <summary>How far it is.</summary>
    public InferenceProgress? Progress { get; init; }

    /// <summary>How it ended.</summary>
    public BatchInferenceResult? Result { get; init; }

    /// <summary>Something as one line of ASCII, which no writer between the two changes.</summary>
    public static string ToLine<T>(T value) => JsonSerializer.Serialize(value, _json);

    /// <summary>What a line says; null: nothing, or it is no such line.</summary>
    public static T? FromLine<T>(string line)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, _json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
