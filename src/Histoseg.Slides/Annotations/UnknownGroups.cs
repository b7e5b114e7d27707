using System.Text.Encodings.Web;
using System.Text.Json;

namespace Histoseg.Slides.Annotations;

/// <summary>Groups of a dataset's annotations that its class map does not know: all of them at once, with what to write.</summary>
internal sealed class UnknownGroups
{
    private const int MostFiles = 3;

    private static readonly JsonSerializerOptions Quoted = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ClassMap _map;
    private readonly List<(string Name, int Regions, List<string> Files)> _groups;

    private UnknownGroups(ClassMap map, List<(string Name, int Regions, List<string> Files)> groups) => (_map, _groups) = (map, groups);

    /// <summary>The groups that annotations use and a class map does not know.</summary>
    /// <returns>Null where it knows them all.</returns>
    public static UnknownGroups? In(IEnumerable<Annotation> annotations, ClassMap map)
    {
        var known = Known(map).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var groups = annotations
            .SelectMany(annotation => annotation.Regions.CountBy(region => region.Group, StringComparer.OrdinalIgnoreCase)
                .Where(group => !known.Contains(group.Key)).Select(group => (Name: group.Key, Regions: group.Value, annotation.Path)))
            .GroupBy(group => group.Name, StringComparer.OrdinalIgnoreCase)
            .Select(group => (group.Key, group.Sum(one => one.Regions), group.Select(one => Path.GetFileName(one.Path)).ToList()))
            .OrderByDescending(group => group.Item2).ToList();
        return groups.Count == 0 ? null : new(map, groups);
    }

    /// <summary>In a line, which groups they are and in which files.</summary>
    public string Message => $"{Figures.Count(_groups.Count, "annotation group")} not in the class map: {string.Join(", ", _groups.Select(InWords))}; "
        + "give each a class in data.labels or list it in data.ignored_groups";

    /// <summary>YAML to paste into the config, a line each. A class that cannot be guessed is <c>???</c>, which no config may have.</summary>
    public IReadOnlyList<string> Yaml =>
    [
        $"add to the config, with a class of {string.Join(", ", _map.Classes)} or {ClassMap.IgnoreClass} for each (later rules paint over earlier ones):",
        "data:",
        "  labels:",
        .. _groups.SelectMany(group => (string[])
        [
            $"    - groups: [{JsonSerializer.Serialize(group.Name, Quoted)}]",
            $"      class: {JsonSerializer.Serialize(Guess(group.Name), Quoted)}",
        ]),
    ];

    private static IEnumerable<string> Known(ClassMap map) => map.Rules.SelectMany(rule => rule.Groups).Concat(map.RegionsOfInterest).Concat(map.IgnoredGroups);

    private string InWords((string Name, int Regions, List<string> Files) group) =>
        $"'{group.Name}' ({Figures.Count(group.Regions, "region")} in {string.Join(", ", group.Files.Take(MostFiles))}"
            + $"{(group.Files.Count > MostFiles ? $" and {group.Files.Count - MostFiles} more" : "")}){NearestName.Hint(group.Name, Known(_map))}";

    // Of another word it would be no guess but an invention.
    private string Guess(string group) => _map.Classes.FirstOrDefault(name => string.Equals(name, group, StringComparison.OrdinalIgnoreCase)) ?? "???";
}
