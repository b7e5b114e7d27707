using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Histoseg.Cli.Terminal;

/// <summary>
/// What a verb says, for programs: one event a line, as JSON of ASCII (docs/workflows.md). Lines of text become events too, so that every line can be read.
/// </summary>
/// <param name="inner">Where it goes.</param>
internal sealed class JsonLog(TextWriter inner) : TextWriter(CultureInfo.InvariantCulture)
{
    /// <summary>The option that asks for it, and its value.</summary>
    public const string Option = "--log-format", Json = "json";

    /// <summary>The event that text becomes.</summary>
    public const string Message = "message";

    private const string Own = "engine: ";

    private static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    private readonly Lock _lock = new();
    private readonly StringBuilder _begun = new();

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Whether a command line asks for it. It is looked at before anything else is said.</summary>
    public static bool IsAskedFor(IReadOnlyList<string> args) =>
        args.Contains($"{Option}={Json}", StringComparer.OrdinalIgnoreCase) || args.Contains($"{Option}:{Json}", StringComparer.OrdinalIgnoreCase)
        || args.Zip(args.Skip(1)).Any(pair => pair.First == Option && pair.Second.Equals(Json, StringComparison.OrdinalIgnoreCase));

    /// <summary>Tells an event.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="about">What is to be told of it, by name; what is null is left out.</param>
    public void Tell(string name, object about)
    {
        var line = new JsonObject { ["event"] = name, ["time"] = DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) };
        foreach (var (key, value) in JsonSerializer.SerializeToNode(about, _json)!.AsObject())
            line[key] = value?.DeepClone();
        lock (_lock)
            inner.WriteLine(line.ToJsonString(_json));
    }

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Write($"{value}\n");

    /// <inheritdoc/>
    public override void WriteLine() => Write('\n');

    /// <inheritdoc/>
    public override void Write(string? value)
    {
        lock (_lock)
        {
            foreach (var letter in value ?? "")
                Write(letter);
        }
    }

    /// <inheritdoc/>
    public override void Write(char value)
    {
        lock (_lock)
        {
            if (value != '\n')
            {
                _begun.Append(value);
                return;
            }
            var text = _begun.ToString().TrimEnd('\r');
            _begun.Clear();
            if (text.Length > 0)
                Tell(Message, new { Text = text.StartsWith(Own, StringComparison.Ordinal) ? text[Own.Length..] : text });
        }
    }

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();
}
