namespace Histoseg.Foundation;

/// <summary>Finds the name somebody probably meant.</summary>
public static class NearestName
{
    // Longer names come from hostile files only; a cut keeps the table small.
    private const int Longest = 100;

    /// <summary>The known name closest to a given one by edit distance (without regard to case), or null when none is near.</summary>
    public static string? Of(string given, IEnumerable<string> known) =>
        Closest(given, known) is { } name && Distance(given, name) <= Math.Max(2, Math.Min(given.Length, Longest) / 3) ? name : null;

    /// <summary>The known name closest to a given one, however far; the first of equals, null when there are none.</summary>
    public static string? Closest(string given, IEnumerable<string> known) => known.MinBy(name => Distance(given, name));

    /// <summary>" (did you mean 'x'?)", or nothing.</summary>
    public static string Hint(string given, IEnumerable<string> known) =>
        Of(given, known) is { } name ? $" (did you mean '{name}'?)" : "";

    private static int Distance(string a, string b)
    {
        a = (a.Length > Longest ? a[..Longest] : a).ToUpperInvariant();
        b = (b.Length > Longest ? b[..Longest] : b).ToUpperInvariant();
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[b.Length];
    }
}
