namespace Histoseg.Segmentation.Status;

/// <summary>A slide of an output folder.</summary>
/// <param name="Slide">Its full path; of a failed input what was given.</param>
/// <param name="Name">The name of its outputs; null of an input that leads to no slide.</param>
/// <param name="State">Where it stands.</param>
internal sealed record SlideState(string Slide, string? Name, SlideStage State)
{
    /// <summary>The kind of its error, as in <c>failures.csv</c>; null: it has none, or an old one.</summary>
    public string? Code { get; init; }

    /// <summary>What is wrong with it.</summary>
    public string? Error { get; init; }

    /// <summary>The machine that is, or was, at work on it.</summary>
    public string? Host { get; init; }

    /// <summary>The number of the process there.</summary>
    public int? Process { get; init; }

    /// <summary>When that began with it, UTC.</summary>
    public DateTime? Since { get; init; }

    /// <summary>The share that is done, 0 to 1.</summary>
    public double? Share { get; init; }

    /// <summary>Patches through the network per second.</summary>
    public double? PatchesPerSecond { get; init; }

    /// <summary>Seconds since the last sign of life.</summary>
    public double? SilentSeconds { get; init; }
}
