using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace Histoseg.Segmentation.Networks;

/// <summary>A line of the table of keys: a property of <see cref="NetworkDescription"/>, or of its section <see cref="NetworkDescription.Crf"/>.</summary>
internal sealed class NetworkKey
{
    private readonly NetworkKeyAttribute _about;
    private readonly PropertyInfo _property;
    private readonly PropertyInfo? _section;
    private readonly object? _default;

    /// <summary>The key of a property.</summary>
    /// <param name="property">The property.</param>
    /// <param name="section">The section it stands in; null: none.</param>
    public NetworkKey(PropertyInfo property, PropertyInfo? section)
    {
        (_property, _section, _about) = (property, section, property.GetCustomAttribute<NetworkKeyAttribute>()!);
        _default = property.GetValue(Activator.CreateInstance(property.DeclaringType!));
        Name = (section is null ? "" : Snake(section.Name) + ".") + Snake(property.Name);
    }

    /// <summary>As files write it: <c>gicn_channels</c>, <c>crf.iterations</c>.</summary>
    public string Name { get; }

    /// <summary>What it is.</summary>
    public string Sentence => _about.Sentence;

    /// <summary>Its default as files write it.</summary>
    public string Default => Text(_default);

    /// <summary>What it may be: <c>1 to 1024</c>, <c>odd, 1 to 15</c>, <c>adaptive or fixed</c>; empty: anything of its type.</summary>
    public string Range => _property.PropertyType.IsEnum ? string.Join(" or ", Enum.GetNames(_property.PropertyType).Select(Snake))
        : double.IsNaN(_about.Least) ? ""
        : FormattableString.Invariant($"{(_about.Odd ? "odd, " : "")}{_about.Least} to {_about.Most}");

    /// <summary>Its value in a description as files write it; null where the section it stands in is not there.</summary>
    public string? ValueIn(NetworkDescription description) => ObjectIn(description) is { } holder ? Text(_property.GetValue(holder)) : null;

    /// <summary>Whether its value in a description is within its range.</summary>
    public bool IsInRange(NetworkDescription description) => ObjectIn(description) is not { } holder || Holds(_property.GetValue(holder));

    /// <summary>What a reader is told of it: label and value, where the network uses it and it is a number or not the default; null: nothing.</summary>
    public string? InWords(NetworkDescription description)
    {
        if (_section is not null || !Network.Uses(description, _property.Name))
            return null;
        var value = _property.GetValue(description);
        return value switch
        {
            CrfSettings => "CRF as last layer",
            IReadOnlyDictionary<string, double> options =>
                string.Join(", ", options.Select(option => FormattableString.Invariant($"{option.Key} {option.Value}"))),
            _ when double.IsNaN(_about.Least) && Equals(value, _default) => null,
            _ => $"{(_about.Label.Length > 0 ? _about.Label : Name.Replace('_', ' '))} {Text(value)}",
        };
    }

    private object? ObjectIn(NetworkDescription description) => _section is null ? description : _section.GetValue(description);

    // Written so that NaN is outside.
    private bool Holds(object? value) => value is Enum member ? Enum.IsDefined(_property.PropertyType, member)
        : double.IsNaN(_about.Least) || Convert.ToDouble(value, CultureInfo.InvariantCulture) is var number
            && number >= _about.Least && number <= _about.Most && (!_about.Odd || number % 2 == 1);

    private static string Text(object? value) => value switch
    {
        null => "null",
        Enum member => Snake(member.ToString()),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        string text => text,
        _ => JsonSerializer.Serialize(value, NetworkDescription.Compact),
    };

    private static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}

/// <summary>The table of keys of <see cref="NetworkDescription"/>, in its order.</summary>
internal static class NetworkKeys
{
    /// <summary>All keys; those of a section follow it.</summary>
    public static IReadOnlyList<NetworkKey> All { get; } = [.. Of(typeof(NetworkDescription), section: null)];

    /// <summary>The keys out of range, in the table's order.</summary>
    public static IEnumerable<NetworkKey> OutOfRange(NetworkDescription description) => All.Where(key => !key.IsInRange(description));

    private static IEnumerable<NetworkKey> Of(Type record, PropertyInfo? section) =>
        from property in record.GetProperties()
        where property.IsDefined(typeof(NetworkKeyAttribute))
        from key in (IEnumerable<NetworkKey>)[new(property, section), .. property.PropertyType == typeof(CrfSettings) ? Of(typeof(CrfSettings), property) : []]
        select key;
}
