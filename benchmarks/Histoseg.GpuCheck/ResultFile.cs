using System.Text;
using System.Text.Json;

namespace Histoseg.GpuCheck;

/// <summary>Results as lines of JSON, appended to a file as they come, so that a run that is stopped keeps what it had.</summary>
/// <param name="path">The file, or null to keep none.</param>
internal sealed class ResultFile(string? path)
{
    /// <summary>Appends one line.</summary>
    /// <param name="fields">Names and values: text, whole and real numbers, truth values; null is written as such, and so are NaN and infinities.</param>
    public void Add(params ReadOnlySpan<(string Key, object? Value)> fields)
    {
        if (path is null)
            return;
        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            foreach (var (key, value) in fields)
                Write(json, key, value);
            json.WriteEndObject();
        }
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            Directory.CreateDirectory(folder);
        File.AppendAllText(path, Encoding.UTF8.GetString(line.ToArray()) + "\n");
    }

    private static void Write(Utf8JsonWriter json, string key, object? value)
    {
        switch (value)
        {
            case string text: json.WriteString(key, text); break;
            case bool truth: json.WriteBoolean(key, truth); break;
            case int or long: json.WriteNumber(key, Convert.ToInt64(value, null)); break;
            case double number when double.IsFinite(number): json.WriteNumber(key, number); break;
            default: json.WriteNull(key); break;
        }
    }
}
