namespace Histoseg.Cli.Config;

/// <summary>Finds the name a person most likely meant.</summary>
internal static class NearestName
{
    /// <summary>The candidate with the fewest edits (insert, delete, replace a letter) from <paramref name="name"/>; the first of equals, null when there are none.</summary>
    public static string? Of(string name, IEnumerable<string> candidates) =>
        candidates.Select(candidate => (candidate, edits: Edits(name, candidate))).OrderBy(pair => pair.edits).Select(pair => pair.candidate).FirstOrDefault();

    private static int Edits(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[to.Length];
    }
}
