namespace Histoseg.Slides.Annotations;

/// <summary>What the values of a mask mean, and what to write where one means nothing.</summary>
internal sealed class MaskValues
{
    private const int Unknown = -1;
    private const int MostTold = 10;

    private readonly string _path;
    private readonly IReadOnlyList<string> _classes;
    private readonly IReadOnlyDictionary<byte, byte>? _given;
    private readonly short[] _labels = new short[256];

    /// <summary>The meaning of values.</summary>
    /// <param name="path">The mask, for messages.</param>
    /// <param name="classes">Class names; the index is the label.</param>
    /// <param name="given">Value to label, and nothing else counts; null: the value is the label, and 255 is <see cref="ClassMap.Ignore"/>.</param>
    /// <exception cref="SlideError">A label given is that of no class.</exception>
    public MaskValues(string path, IReadOnlyList<string> classes, IReadOnlyDictionary<byte, byte>? given)
    {
        (_path, _classes, _given) = (path, classes, given);
        Array.Fill<short>(_labels, Unknown);
        if (given is null)
        {
            for (var i = 0; i < Math.Min(classes.Count, 255); i++)
                _labels[i] = (short)i;
            _labels[ClassMap.Ignore] = ClassMap.Ignore;
            return;
        }
        foreach (var (value, label) in given)
            _labels[value] = label < classes.Count || label == ClassMap.Ignore
                ? label
                : throw new SlideError($"{path}: mask value {value} is mapped to label {label}, but there are only {classes.Count} classes");
    }

    /// <summary>The label of a value that <see cref="Require"/> has seen.</summary>
    public byte LabelOf(byte value) => (byte)_labels[value];

    /// <summary>Requires every value that occurs to mean something.</summary>
    /// <param name="occurs">For each value whether it occurs.</param>
    /// <exception cref="SlideError">One has no meaning, or of 0 and 255 alone it is not said what 255 means.</exception>
    public void Require(bool[] occurs)
    {
        var values = Enumerable.Range(0, 256).Where(value => occurs[value]).Select(value => (byte)value).ToList();
        var unknown = values.Where(value => _labels[value] == Unknown).ToList();
        if (unknown.Count > 0)
            throw new SlideError($"{_path}: the mask has the value{(unknown.Count > 1 ? "s" : "")} {List(unknown)}, which "
                + (_given is not null ? "mask_values does not list" : $"{(unknown.Count > 1 ? "are no labels" : "is no label")} ({Meanings()})")
                + $"; write what each value means, a class or '{ClassMap.IgnoreClass}', such as {Suggestion(values)}");
        // By far most masks of this kind are black and white pictures of the foreground.
        if (_given is null && values is [0, ClassMap.Ignore])
            throw new SlideError($"{_path}: the mask has the values 0 and 255 alone, and without mask_values 255 counts nowhere; write what it means: "
                + $"{Suggestion(values)}, or {{0: {_classes[0]}, 255: {ClassMap.IgnoreClass}}}");
    }

    private static string List(List<byte> values) =>
        string.Join(", ", values.Take(MostTold)) + (values.Count > MostTold ? $" and {values.Count - MostTold} more" : "");

    private string Meanings() =>
        string.Join(", ", _classes.Take(MostTold).Select((name, label) => $"{label}: {name}")) + (_classes.Count > MostTold ? ", …" : "") + ", 255: ignore";

    // What is given or plain, and for all else the last class.
    private string Suggestion(List<byte> values)
    {
        var pairs = values.Union(_given?.Keys ?? []).Order().Take(MostTold).Select(value => $"{value}: {NameOf(value)}");
        return $"mask_values: {{{string.Join(", ", pairs)}}}";
    }

    private string NameOf(byte value) => _labels[value] switch
    {
        ClassMap.Ignore when _given is not null => ClassMap.IgnoreClass,
        >= 0 and < ClassMap.Ignore and var label => _classes[label],
        _ => _classes[^1],
    };
}
