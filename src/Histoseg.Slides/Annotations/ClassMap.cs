namespace Histoseg.Slides.Annotations;

/// <summary>One rule of a class map: these annotation groups become this class.</summary>
/// <param name="Groups">Annotation group names (ASAP <c>PartOfGroup</c>, QuPath classification name, ImageScope layer name or id), compared without regard
/// to case.</param>
/// <param name="Class">The class painted.</param>
internal sealed record ClassRule(IReadOnlyList<string> Groups, string Class);

/// <summary>How annotations become labels. Later rules paint over earlier ones.</summary>
/// <param name="Classes">Class names; the index is the label. Class 0 is the background.</param>
/// <param name="Rules">Painting rules in order.</param>
/// <param name="RegionsOfInterest">Groups outside which every pixel is <see cref="Ignore"/>; empty: the whole slide counts.</param>
/// <param name="IgnoredGroups">Groups that are known and painted nowhere.</param>
internal sealed record ClassMap(
    IReadOnlyList<string> Classes,
    IReadOnlyList<ClassRule> Rules,
    IReadOnlyList<string> RegionsOfInterest,
    IReadOnlyList<string> IgnoredGroups)
{
    /// <summary>A colour for each class.</summary>
    public ClassPalette Palette { get; init; } = ClassPalette.Usual;

    /// <summary>The label of pixels that count nowhere.</summary>
    public const byte Ignore = 255;

    /// <summary>In a rule or a mask's values, the class name that stands for <see cref="Ignore"/>; see <see cref="IsIgnore"/>.</summary>
    public const string IgnoreClass = "ignore";

    /// <summary>Whether a class name is <see cref="IgnoreClass"/>, without regard to case.</summary>
    public static bool IsIgnore(string name) => string.Equals(name, IgnoreClass, StringComparison.OrdinalIgnoreCase);
}
