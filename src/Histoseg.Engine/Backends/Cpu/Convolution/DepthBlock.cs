namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// Columns of A that are multiplied in one go, so that the panel of B that meets them stays in a near cache: more of them would pass the first level, fewer
/// would read and write the target more often.
/// </summary>
/// <param name="First">First column.</param>
/// <param name="Past">One past the last.</param>
/// <param name="Runs">
/// The runs of taps these columns are, all equally long, or the one run they are a part of; none where the columns are cut across runs and have to be
/// gathered.
/// </param>
/// <param name="Skipped">Columns of the run that come before the first, where they are a part of one.</param>
internal sealed record DepthBlock(int First, int Past, TapRun[] Runs, int Skipped)
{
    /// <summary>Most columns of a block.</summary>
    public const int Most = 512;

    /// <summary>Most runs of a block.</summary>
    public const int MostRuns = 16;

    /// <summary>The source pixels read, relative to the base pixel: rows from … to, columns from … to.</summary>
    public int Top { get; } = Runs.Length > 0 ? Runs.Min(run => run.Dy) : 0;
    public int Bottom { get; } = Runs.Length > 0 ? Runs.Max(run => run.Dy) : 0;
    public int Left { get; } = Runs.Length > 0 ? Runs.Min(run => run.Dx) : 0;
    public int Right { get; } = Runs.Length > 0 ? Runs.Max(run => run.Dx + run.Count - 1) : 0;

    /// <summary>The blocks of a phase, in order; at least one, which is empty where the phase has no taps.</summary>
    public static DepthBlock[] Of(TapPhase phase, int channels)
    {
        var (runs, depth) = (phase.Runs, phase.Taps.Length * channels);
        var columns = runs.Length > 0 ? runs[0].Count * channels : 0;
        if (columns == 0 || runs.Any(run => run.Count != runs[0].Count))
            return [.. Cut(depth, Most).Select(cut => new DepthBlock(cut.First, cut.Past, [], 0))];
        if (columns > Most)
            return [.. runs.Index().SelectMany(run => Cut(columns, Most)
                .Select(cut => new DepthBlock(run.Index * columns + cut.First, run.Index * columns + cut.Past, [run.Item], cut.First)))];
        return [.. Cut(runs.Length, Math.Min(MostRuns, Most / columns))
            .Select(cut => new DepthBlock(cut.First * columns, cut.Past * columns, runs[cut.First..cut.Past], 0))];
    }

    /// <summary>All columns of a phase as one block: gathered, unless its runs are few and equally long.</summary>
    public static DepthBlock Whole(TapPhase phase, int channels) => new(0, phase.Taps.Length * channels,
        phase.Runs.Length <= MostRuns && phase.Runs.All(run => run.Count == phase.Runs[0].Count) ? phase.Runs : [], 0);

    /// <summary>Cuts 0 … count into the fewest parts of at most so many, as equal as can be; at least one.</summary>
    private static IEnumerable<(int First, int Past)> Cut(int count, int most)
    {
        var parts = Math.Max(1, (count + most - 1) / most);
        return Enumerable.Range(0, parts).Select(i => ((int)((long)count * i / parts), (int)((long)count * (i + 1) / parts)));
    }
}
