namespace Histoseg.Slides.Annotations;

/// <summary>A group that annotations use and a class map does not know.</summary>
/// <param name="Name">The group as the annotation has it.</param>
/// <param name="Path">The first annotation that uses it.</param>
/// <param name="Regions">How many regions are of it, in all annotations.</param>
internal sealed record UnknownGroup(string Name, string Path, int Regions);

/// <summary>All groups that annotations use and a class map does not know, and what to write so that it does.</summary>
/// <param name="Groups">The groups, in order of first use; empty where all are known.</param>
/// <param name="Map">The class map.</param>
internal sealed record UnknownGroups(IReadOnlyList<UnknownGroup> Groups, ClassMap Map)
{
    /// <summary>Whether there are any.</summary>
    public bool Any => Groups.Count > 0;

    /// <summary>One line that names them all and what to add to the class map.</summary>
    public string Text
    {
        get
        {
            var known = Known(Map);
            var files = Groups.Select(group => group.Path).Distinct().Count();
            var list = string.Join(", ", Groups.Select(group => $"'{group.Name}'{NearestName.Hint(group.Name, known)}"));
            var (what, give) = Groups.Count > 1 ? ($"groups {list} are", "give them classes or list them") : ($"group {list} is", "give it a class or list it");
            return $"{Groups[0].Path}{(files > 1 ? $" and {files - 1} more" : "")}: {what} not in the class map; known groups: {string.Join(", ", known)}; "
                + $"{give} among the ignored groups; to paste: {Additions}";
        }
    }

    /// <summary>The <c>labels</c> and <c>ignored_groups</c> of a config with them all: what it has, and each of these beside its class or ignored.</summary>
    public string Yaml
    {
        get
        {
            var rules = Map.Rules.Select(rule => (rule.Groups, rule.Class)).Concat(Guessed.Select(guess => (guess.Groups, guess.Class)));
            var labels = string.Concat(rules.Select(rule => $"  - {Rule(rule.Groups, rule.Class)}\n"));
            return $"labels:{(labels.Length > 0 ? $"\n{labels}" : " []\n")}ignored_groups: {List([.. Map.IgnoredGroups, .. Unguessed])}\n";
        }
    }

    /// <summary>The groups that a map knows.</summary>
    public static IReadOnlyList<string> Known(ClassMap map) =>
        [.. map.Rules.SelectMany(rule => rule.Groups).Concat(map.RegionsOfInterest).Concat(map.IgnoredGroups).Distinct(StringComparer.OrdinalIgnoreCase)];

    // A group that is called nearly as a class is that class; of any other only its user knows.
    private IEnumerable<(IReadOnlyList<string> Groups, string Class)> Guessed =>
        Groups.Select(group => (group.Name, Class: ClassOf(group.Name))).Where(pair => pair.Class is not null).GroupBy(pair => pair.Class!)
            .Select(pairs => ((IReadOnlyList<string>)[.. pairs.Select(pair => pair.Name)], pairs.Key));

    private IEnumerable<string> Unguessed => Groups.Select(group => group.Name).Where(name => ClassOf(name) is null);

    private string Additions => string.Join(", ",
        Guessed.Select(guess => $"labels: [{Rule(guess.Groups, guess.Class)}]").Concat(Unguessed.Any() ? [$"ignored_groups: {List([.. Unguessed])}"] : []));

    private string? ClassOf(string group) => NearestName.Of(group, Map.Classes);

    private static string Rule(IReadOnlyList<string> groups, string name) => $"{{groups: {List(groups)}, class: {Quoted(name)}}}";

    private static string List(IReadOnlyList<string> names) => $"[{string.Join(", ", names.Select(Quoted))}]";

    // Names may hold anything that YAML takes for its own signs.
    private static string Quoted(string name) => $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
