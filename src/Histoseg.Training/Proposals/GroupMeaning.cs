using Histoseg.Slides.Annotations;

namespace Histoseg.Training.Proposals;

/// <summary>What a group of annotations is taken for.</summary>
/// <param name="Group">Its name.</param>
/// <param name="Role">What it is.</param>
/// <param name="Class">The class, of <see cref="GroupRole.Class"/>.</param>
/// <param name="Reason">Why, in words.</param>
internal sealed record GroupMeaning(string Group, GroupRole Role, string? Class, string Reason)
{
    private static readonly char[] Separators = ['_', '-', ' ', '*', ':'];

    private static readonly HashSet<string> Ignored = ["ignore", "ignored", "exclude", "excluded", "artifact", "artifacts", "artefact", "artefacts", "unclear",
        "uncertain", "blurred", "blur", "fold", "folds", "pen"];

    private static readonly HashSet<string> Holes = ["hole", "holes", "exclusion", "exclusions"];

    private static readonly HashSet<string> Backgrounds = ["background", "normal", "negative", "glass", "healthy", "bg"];

    /// <summary>Names that programs give where a person gave none.</summary>
    private static readonly HashSet<string> Nameless =
        ["none", QuPathGeoJson.Unclassified, "other", "annotation", "annotations", "layer", "default", "unnamed"];

    /// <summary>What the groups of a dataset are, by their names.</summary>
    /// <param name="groups">All of them.</param>
    /// <param name="ask">Asked about a name that tells nothing.</param>
    public static IReadOnlyList<GroupMeaning> Of(IReadOnlyList<GroupSummary> groups, Func<Question, string> ask)
    {
        var names = groups.Select(group => group.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var isCamelyon = names.Overlaps(["_0", "_1"]) && names.All(name => name is ['_', >= '0' and <= '9']);
        var meanings = groups.Select(group => isCamelyon ? OfCamelyon(group.Name) : ByName(group, groups.Count == 1, ask)).ToList();
        // Where nothing else is drawn it is what the annotation is for.
        return meanings.Any(one => one.Role == GroupRole.Class) ? meanings
            : [.. meanings.Select(one => one.Role is GroupRole.Background or GroupRole.Hole or GroupRole.RegionOfInterest && meanings.Count == 1
                ? new GroupMeaning(one.Group, GroupRole.Class, ClassName(one.Group), "the only group there is") : one)];
    }

    private static GroupMeaning OfCamelyon(string name) => name is "_0" or "_1"
        ? new(name, GroupRole.Class, "tumour", "a tumour in the annotations of Camelyon16")
        : new(name, GroupRole.Hole, null, "what is cut out of tumours in the annotations of Camelyon16");

    private static GroupMeaning ByName(GroupSummary group, bool isOnly, Func<Question, string> ask)
    {
        var name = group.Name;
        var words = name.ToLowerInvariant().Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        if (words.Any(Ignored.Contains))
            return new(name, GroupRole.Ignored, null, "its name says that it does not count");
        if (words.Any(Holes.Contains))
            return new(name, GroupRole.Hole, null, "its name says that it is cut out of what lies below");
        if (words is ["roi"] or ["rois"] or ["region"] or ["region", "of", "interest"] or ["regions", "of", "interest"] or ["roi", _])
            return new(name, GroupRole.RegionOfInterest, null, "its name says that what lies outside was not looked at");
        if (words.Any(Backgrounds.Contains) || words is ["non", ..] || words.Any(word => word.StartsWith("nontum", StringComparison.Ordinal)))
            return new(name, GroupRole.Background, null, "its name says so");
        if (words.Any(word => !Nameless.Contains(word) && !word.All(char.IsAsciiDigit)))
            return new(name, GroupRole.Class, ClassName(name), "named by who drew it");
        var named = isOnly ? "foreground" : ClassName(name);
        var answer = ask(new(Figures.Text($"what is '{name}' ({Figures.Count(group.Regions, "region")}, {group.AreaInWords})?"),
            ["class", "background", "ignore", "leave out"], isOnly ? "class" : "leave out"));
        return answer switch
        {
            "class" => new(name, GroupRole.Class, named, isOnly ? "the only group there is; give it a better name" : "as was answered"),
            "background" => new(name, GroupRole.Background, null, "as was answered"),
            "ignore" => new(name, GroupRole.Ignored, null, "as was answered"),
            _ => new(name, GroupRole.LeftOut, null, "its name tells nothing; make it a class in labels if it is one"),
        };
    }

    private static string ClassName(string group) => group.Trim().Trim('*').Trim().ToLowerInvariant() is { Length: > 0 } name && !ClassMap.IsIgnore(name)
        ? name : "foreground";
}
