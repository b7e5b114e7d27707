namespace Histoseg.Training.Runs;

/// <summary>
/// Finds where in a file a network's tensors are. Programs keep them under keys of their own (<c>state_dict</c>, <c>model</c>, <c>teacher</c>) and in modules
/// of their own (<c>module</c>, <c>encoder</c>, <c>backbone</c>), so no list of these is looked up: it is what most of the names that are wanted have before
/// them.
/// </summary>
internal static class StatePrefix
{
    // Longer names are no network's.
    private const int LongestName = 300;

    // Where there are two copies: averages over a training's steps are the better, and what self-supervised methods publish; copies that only serve a
    // training's loss are the worse.
    private static readonly string[] Averages = ["teacher", "ema", "model_ema", "state_dict_ema"],
        Helpers = ["student", "encoder_k", "momentum_encoder", "target_encoder", "target_network", "base_momentum"];

    /// <summary>
    /// The prefix, with the dot at its end; empty: the names stand alone. Of several with as many, that of the better copy, then the shortest.
    /// </summary>
    /// <param name="names">Names in the file.</param>
    /// <param name="wanted">Names of the network.</param>
    public static string Best(IEnumerable<string> names, IReadOnlySet<string> wanted)
    {
        var counts = new Dictionary<string, int>();
        foreach (var name in names.Where(name => name.Length <= LongestName))
            for (var start = 0; ; start = name.IndexOf('.', start) + 1)
            {
                if (wanted.Contains(name[start..]))
                    counts[name[..start]] = counts.GetValueOrDefault(name[..start]) + 1;
                if (name.IndexOf('.', start) < 0)
                    break;
            }
        return counts.OrderByDescending(prefix => prefix.Value).ThenBy(prefix => Rank(prefix.Key)).ThenBy(prefix => prefix.Key.Length)
            .ThenBy(prefix => prefix.Key, StringComparer.Ordinal).Select(prefix => prefix.Key).FirstOrDefault("");
    }

    private static int Rank(string prefix)
    {
        var parts = prefix.Split('.');
        return parts.Intersect(Averages).Any() ? 0 : parts.Intersect(Helpers).Any() ? 2 : 1;
    }
}
