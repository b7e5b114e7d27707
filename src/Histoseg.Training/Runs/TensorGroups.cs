namespace Histoseg.Training.Runs;

/// <summary>Tells of many tensors in a few words: how many there are in each layer at the outermost.</summary>
internal static class TensorGroups
{
    private const int MostGroups = 8, LongestName = 40;

    /// <summary><c>fc (2 tensors), decoder (40)</c>.</summary>
    /// <param name="names">The tensors' names; one at least.</param>
    /// <param name="below">What names that begin as this does are told without.</param>
    public static string InWords(IEnumerable<string> names, string below = "")
    {
        var groups = names.GroupBy(name => Layer(name, below)).ToList();
        var told = groups.Take(MostGroups).Select((group, i) => $"{group.Key} ({(i == 0 ? Figures.Count(group.Count(), "tensor") : group.Count())})");
        return string.Join(", ", told) + (groups.Count > MostGroups ? $" and {groups.Count - MostGroups} more" : "");
    }

    /// <summary>A name out of a file of others, short and without what would move a terminal's cursor.</summary>
    public static string Shown(string name) => Visible.Line(name.Length > LongestName ? name[..LongestName] + "…" : name);

    // Of decoder.blocks.0.weight below encoder.: decoder.
    private static string Layer(string name, string below)
    {
        var start = 0;
        for (var dot = below.IndexOf('.'); dot >= 0 && name.AsSpan().StartsWith(below.AsSpan(0, dot + 1)); dot = below.IndexOf('.', dot + 1))
            start = dot + 1;
        var end = name.IndexOf('.', start);
        return Shown(end < 0 ? name[start..] : name[start..end]);
    }
}
