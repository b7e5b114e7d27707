namespace Histoseg.Foundation;

/// <summary>Names that people choose from, however they write them: <c>BF16</c> is bf16, <c>not-white</c> and <c>NotWhite</c> are not_white.</summary>
public static class Choice
{
    /// <summary>The name meant, without regard to case, hyphens, underscores and spaces around; null when it is none of them.</summary>
    public static string? Find(string given, IEnumerable<string> names)
    {
        var bare = Bare(given);
        return names.FirstOrDefault(name => string.Equals(Bare(name), bare, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The names in words, for what is expected: <c>a, b or c</c>.</summary>
    public static string InWords(IEnumerable<string> names)
    {
        var all = names.ToList();
        return all.Count < 2 ? string.Concat(all) : $"{string.Join(", ", all.Take(all.Count - 1))} or {all[^1]}";
    }

    private static string Bare(string name) => name.Trim().Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
}
