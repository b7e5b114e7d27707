using System.Collections;
using System.Globalization;
using System.Reflection;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Histoseg.Training.Config;

/// <summary>Binds YAML nodes to records, strictly: every key must be a property (snake_case for PascalCase), every value of its type.</summary>
/// <remarks>
/// What is wrong is gathered and told together, in the order of the file.
/// Understands nested records, <see cref="IReadOnlyList{T}"/>, <see cref="IReadOnlyDictionary{TKey, TValue}"/>, enums, strings, bool, int, double and their
/// nullables. Keys that are not given keep the record's defaults.
/// </remarks>
internal sealed class YamlBinder(string source)
{
    private static readonly NullabilityInfoContext Nullability = new();
    private readonly Dictionary<YamlNode, string> _flags = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<string, string> _places = [];
    private readonly List<string> _wrong = [];
    private Type _root = typeof(object);

    /// <summary>Where a bound key was given ("file:line" or the override's place), or the place of the nearest section around it.</summary>
    public string PlaceOf(string key)
    {
        for (; ; key = key[..key.LastIndexOfAny(['.', '['])])
        {
            if (_places.TryGetValue(key, out var place))
                return place;
            if (key.LastIndexOfAny(['.', '[']) < 0)
                return source;
        }
    }

    /// <summary>Puts an override into the nodes.</summary>
    /// <exception cref="ConfigError">It is not of that form.</exception>
    public void Override(YamlMappingNode root, ConfigOverride given)
    {
        var (assignment, flag) = (given.Assignment, given.Place ?? given.Assignment);
        var (path, text) = assignment.IndexOf('=') is > 0 and var at ? (assignment[..at].Trim(), assignment[(at + 1)..])
            : throw new ConfigError($"{flag}: write it as section.key=value");
        var value = YamlText.Parse(text, flag) ?? new YamlScalarNode("") { Style = ScalarStyle.Plain };
        var section = root;
        var keys = path.Split('.');
        foreach (var key in keys[..^1])
        {
            if (!section.Children.TryGetValue(key, out var child) || IsNull(child))
            {
                child = new YamlMappingNode();
                section.Children[key] = child;
                _flags[child] = flag;
            }
            section = child as YamlMappingNode ?? throw new ConfigError($"{flag}: {key} is a value, not a section");
        }
        section.Children[keys[^1]] = value;
        Mark(value, flag);
    }

    /// <summary>Makes a record of a mapping.</summary>
    /// <exception cref="ConfigError">Unknown keys, wrong types; a line for each names place, key, what was expected and what was found.</exception>
    public T Bind<T>(YamlMappingNode root) where T : new()
    {
        _root = typeof(T);
        var record = (T)BindRecord(_root, root, "");
        return _wrong.Count == 0 ? record : throw new ConfigError(_wrong);
    }

    /// <summary>The YAML key of a property or enum member: <c>PatchSize</c> → <c>patch_size</c>.</summary>
    public static string KeyOf(string name) =>
        string.Concat(name.Select((letter, i) => char.IsUpper(letter) && i > 0 ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));

    /// <summary>The properties of a record that a config sets.</summary>
    public static IEnumerable<PropertyInfo> Keys(Type record) =>
        record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite);

    private object BindRecord(Type type, YamlMappingNode node, string path)
    {
        var record = Activator.CreateInstance(type)!;
        var properties = Keys(type).ToDictionary(property => KeyOf(property.Name));
        foreach (var (keyNode, value) in node.Children)
        {
            if ((keyNode as YamlScalarNode)?.Value is not { } key)
            {
                _wrong.Add($"{Place(keyNode)}: a key must be a plain name");
                continue;
            }
            var full = path.Length == 0 ? key : $"{path}.{key}";
            if (!properties.TryGetValue(key, out var property))
            {
                _wrong.Add($"{Place(_flags.ContainsKey(value) ? value : keyNode)}: unknown key '{full}'; "
                    + $"did you mean '{Nearest(key, path, properties.Keys)}'?");
                continue;
            }
            _places[full] = Place(value);
            if (IsNull(value) && AllowsNull(property))
                property.SetValue(record, null);
            else if ((IsNull(value) ? Wrong(value, full, Expected(property.PropertyType))
                : BindValue(property.PropertyType, value, full, property.GetCustomAttribute<ConfigPathAttribute>())) is { } bound)
                property.SetValue(record, bound);
        }
        return record;
    }

    // Null: it is not what it should be, which has been noted.
    private object? BindValue(Type type, YamlNode node, string key, ConfigPathAttribute? path = null)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (path is not null && type == typeof(string))
            return BindPath(node, key, path);
        if (IsList(type))
            return node is YamlSequenceNode sequence ? BindList(type.GetGenericArguments()[0], sequence, key) : Wrong(node, key, Expected(type));
        if (IsDictionary(type))
            return node is YamlMappingNode pairs ? BindDictionary(type.GetGenericArguments(), pairs, key, path) : Wrong(node, key, Expected(type));
        if (IsScalar(type))
            return node is YamlScalarNode scalar && ToScalar(type, scalar) is { } value ? value : Wrong(node, key, Expected(type));
        return node is YamlMappingNode mapping ? BindRecord(type, mapping, key) : Wrong(node, key, Expected(type));
    }

    private IList BindList(Type item, YamlSequenceNode sequence, string key)
    {
        var values = Array.CreateInstance(item, sequence.Children.Count);
        for (var i = 0; i < values.Length; i++)
        {
            _places[$"{key}[{i}]"] = Place(sequence.Children[i]);
            values.SetValue(IsNull(sequence.Children[i]) ? Wrong(sequence.Children[i], $"{key}[{i}]", Expected(item))
                : BindValue(item, sequence.Children[i], $"{key}[{i}]"), i);
        }
        return values;
    }

    private IDictionary BindDictionary(Type[] types, YamlMappingNode mapping, string key, ConfigPathAttribute? path)
    {
        var values = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(types))!;
        foreach (var (nameNode, node) in mapping.Children)
        {
            if (BindValue(types[0], nameNode, $"a key of {key}") is not { } name)
                continue;
            var full = string.Create(CultureInfo.InvariantCulture, $"{key}.{name}");
            if (values.Contains(name))
                _wrong.Add($"{Place(nameNode)}: {full} is given twice");
            _places[full] = Place(node);
            values[name] = IsNull(node) ? Wrong(node, full, Expected(types[1])) : BindValue(types[1], node, full, path);
        }
        return values;
    }

    private object? BindPath(YamlNode node, string key, ConfigPathAttribute path)
    {
        if (BindValue(typeof(string), node, key) is not string text)
            return null;
        if (text.Length == 0 || text.Contains('\0'))
            return Wrong(node, key, "a path");
        return text == path.Or ? text
            : Path.GetFullPath(text, _flags.ContainsKey(node) ? Environment.CurrentDirectory : Path.GetDirectoryName(Path.GetFullPath(source))!);
    }

    private static object? ToScalar(Type type, YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (type == typeof(string))
            return text;
        if (type.IsEnum)
            return Choice.Find(text, Enum.GetNames(type)) is { } member ? Enum.Parse(type, member) : null;
        if (scalar.Style != ScalarStyle.Plain)
            return null;
        if (type == typeof(bool))
            return text.ToLowerInvariant() switch { "true" => true, "false" => false, _ => null };
        if (type == typeof(int))
            return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
    }

    private object? Wrong(YamlNode node, string key, string expected)
    {
        _wrong.Add($"{Place(node)}: {key} is {Shown(node)}; expected {expected}");
        return null;
    }

    private static string Shown(YamlNode node) => node switch
    {
        YamlMappingNode => "a section of keys",
        YamlSequenceNode => "a list",
        YamlScalarNode scalar when IsNull(scalar) => "empty",
        YamlScalarNode { Style: ScalarStyle.Plain } scalar => $"'{Short(scalar.Value!)}'",
        _ => $"the text \"{Short(((YamlScalarNode)node).Value ?? "")}\"",
    };

    private static string Short(string text)
    {
        var line = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter));
        return line.Length <= 40 ? line : line[..40] + "…";
    }

    private static string Expected(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(string) ? "a text"
            : type == typeof(bool) ? "true or false"
            : type == typeof(int) ? $"a whole number up to {int.MaxValue}"
            : type == typeof(double) ? "a number"
            : type.IsEnum ? "one of " + string.Join(", ", Enum.GetNames(type).Select(KeyOf))
            : IsList(type) ? "a list [ , ]"
            : IsDictionary(type) ? "a mapping of keys to values"
            : "a section with keys " + string.Join(", ", Keys(type).Select(property => KeyOf(property.Name)));
    }

    // A key that stands in the wrong section is named with the right one.
    private string Nearest(string key, string path, IEnumerable<string> here) =>
        KeysBelow(_root, "").FirstOrDefault(full => full.EndsWith($".{key}", StringComparison.Ordinal))
        ?? (path.Length == 0 ? "" : $"{path}.") + NearestName.Closest(key, here);

    private static IEnumerable<string> KeysBelow(Type section, string path)
    {
        foreach (var property in Keys(section))
        {
            var (full, type) = (path + KeyOf(property.Name), Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
            yield return full;
            if (!IsScalar(type) && !IsList(type) && !IsDictionary(type))
                foreach (var below in KeysBelow(type, full + "."))
                    yield return below;
        }
    }

    private void Mark(YamlNode node, string flag)
    {
        foreach (var inner in node.AllNodes)
            _flags[inner] = flag;
    }

    private string Place(YamlNode node) =>
        _flags.TryGetValue(node, out var flag) ? flag : $"{source}:{node.Start.Line}";

    private static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "null" or "~" };

    private static bool AllowsNull(PropertyInfo property)
    {
        lock (Nullability)
            return Nullability.Create(property).WriteState == NullabilityState.Nullable;
    }

    private static bool IsScalar(Type type) => type == typeof(string) || type == typeof(bool) || type == typeof(int) || type == typeof(double) || type.IsEnum;

    internal static bool IsList(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);

    internal static bool IsDictionary(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>);
}
