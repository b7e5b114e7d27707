using System.Text.Json;

namespace Histoseg.GpuCheck;

/// <summary>One line of results, as <see cref="ResultFile"/>, the script or the PyTorch benchmark wrote it.</summary>
internal sealed class ResultLine
{
    private readonly JsonElement _json;

    private ResultLine(JsonElement json) => _json = json;

    /// <summary>What the line tells of: machine, step, case, bench, ….</summary>
    public string Kind => Text("kind");

    /// <summary>Every line of every .jsonl file of a folder, files by name. A line cut off in writing is left out.</summary>
    public static List<ResultLine> ReadAll(string folder)
    {
        var lines = new List<ResultLine>();
        foreach (var line in Directory.GetFiles(folder, "*.jsonl").Order(StringComparer.Ordinal).SelectMany(File.ReadLines))
            if (Parse(line) is { } parsed)
                lines.Add(parsed);
        return lines;
    }

    /// <summary>Reads one line; null if it is no JSON object.</summary>
    public static ResultLine? Parse(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object ? new(document.RootElement.Clone()) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A text, or "" where there is none.</summary>
    public string Text(string key) => _json.TryGetProperty(key, out var value) ? value.ValueKind == JsonValueKind.Null ? "" : value.ToString() : "";

    /// <summary>A number, or null where there is none.</summary>
    public double? Number(string key) => _json.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;

    /// <summary>Whether it says "passed": true.</summary>
    public bool Passed => _json.TryGetProperty("passed", out var value) && value.ValueKind == JsonValueKind.True;
}
