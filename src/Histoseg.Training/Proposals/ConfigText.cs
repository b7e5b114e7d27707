using System.Text;

namespace Histoseg.Training.Proposals;

/// <summary>YAML with a comment above each key, in sections.</summary>
internal sealed class ConfigText
{
    private const int Width = 110;
    private readonly StringBuilder _text = new();
    private string _indent = "";

    /// <summary>Writes comment lines.</summary>
    public ConfigText Comment(string text)
    {
        var line = new StringBuilder($"{_indent}#");
        foreach (var word in text.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length + 1 + word.Length > Width)
            {
                _text.Append(line).Append('\n');
                line.Clear().Append(_indent).Append('#');
            }
            line.Append(' ').Append(word);
        }
        _text.Append(line).Append('\n');
        return this;
    }

    /// <summary>Begins a section.</summary>
    public ConfigText Section(string name)
    {
        _indent = "";
        _text.Append('\n').Append(name).Append(":\n");
        _indent = "  ";
        return this;
    }

    /// <summary>Writes a key with its value in one line of YAML, under a reason if there is one.</summary>
    public ConfigText Key(string name, string yaml, string? reason = null)
    {
        if (reason is not null)
            Comment(reason);
        _text.Append(_indent).Append(name).Append(": ").Append(yaml).Append('\n');
        return this;
    }

    /// <summary>Writes lines as they are, within the section.</summary>
    public ConfigText Lines(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            _text.Append(_indent).Append(line).Append('\n');
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
