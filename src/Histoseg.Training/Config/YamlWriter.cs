using System.Collections;
using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Histoseg.Training.Config;

/// <summary>Writes a record as the YAML that <see cref="YamlBinder"/> binds to an equal one.</summary>
internal static class YamlWriter
{
    /// <summary>The YAML text, every key written out.</summary>
    public static string Write(object record)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        new YamlStream(new YamlDocument(NodeOf(record))).Save(text, assignAnchors: false);
        var yaml = text.ToString();
        const string end = "...\n";
        return yaml.EndsWith(end, StringComparison.Ordinal) ? yaml[..^end.Length] : yaml;
    }

    /// <summary>A value in one line of YAML.</summary>
    public static string Inline(object value)
    {
        var node = NodeOf(value);
        if (node is YamlMappingNode mapping)
            mapping.Style = MappingStyle.Flow;
        using var text = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        new YamlStream(new YamlDocument(node)).Save(new Emitter(text, new EmitterSettings().WithBestWidth(int.MaxValue)), assignAnchors: false);
        return text.ToString().Replace("...\n", "", StringComparison.Ordinal).Trim();
    }

    private static YamlNode NodeOf(object? value) => value switch
    {
        null => Plain("null"),
        string text => Text(text),
        bool flag => Plain(flag ? "true" : "false"),
        Enum member => Plain(YamlBinder.KeyOf(member.ToString())),
        IFormattable number and (int or double) => Plain(number.ToString(null, CultureInfo.InvariantCulture)),
        IDictionary pairs => Mapping(pairs.Keys.Cast<object>().Select(key => (key, pairs[key]))),
        IEnumerable items => List([.. items.Cast<object>().Select(NodeOf)]),
        _ => Mapping(YamlBinder.Keys(value.GetType()).Select(property => ((object)YamlBinder.KeyOf(property.Name), property.GetValue(value)))),
    };

    private static YamlScalarNode Plain(string text) => new(text) { Style = ScalarStyle.Plain };

    // Words that would read as "nothing" and anything but simple words are quoted.
    private static YamlScalarNode Text(string text) => new(text)
    {
        Style = text is not ("" or "null" or "~") && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '/' or '.' or '-')
            && char.IsAsciiLetterOrDigit(text[0])
            ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted,
    };

    private static YamlMappingNode Mapping(IEnumerable<(object Key, object? Value)> pairs) =>
        new(pairs.Select(pair => KeyValuePair.Create(NodeOf(pair.Key), NodeOf(pair.Value)))) { Style = MappingStyle.Block };

    private static YamlSequenceNode List(YamlNode[] items) =>
        new(items) { Style = items.All(item => item is YamlScalarNode) ? SequenceStyle.Flow : SequenceStyle.Block };
}
