using System.Text.Json;

namespace Histoseg.Segmentation.Inference;

/// <summary>What is in a run's record, <c>run_metadata_&lt;time&gt;.json</c>.</summary>
internal sealed record RunRecord
{
    /// <summary>The program's name.</summary>
    public string? Program { get; init; }

    /// <summary>Its version.</summary>
    public string? Version { get; init; }

    /// <summary>What it runs on.</summary>
    public string? Runtime { get; init; }

    /// <summary>The system and its processor.</summary>
    public string? System { get; init; }

    /// <summary>The machine's name.</summary>
    public string? Host { get; init; }

    /// <summary>The number of the process there.</summary>
    public int Process { get; init; }

    /// <summary>The model.</summary>
    public InferenceModel? Model { get; init; }

    /// <summary>Side of the patches.</summary>
    public int PatchSize { get; init; }

    /// <summary>Patches per pass.</summary>
    public int BatchSize { get; init; }

    /// <summary>How slides are segmented.</summary>
    public SegmentationSettings? Settings { get; init; }

    /// <summary>Which part of the list it deals with, as 2/8; null: all of it.</summary>
    public string? Shard { get; init; }

    /// <summary>When it began, UTC.</summary>
    public DateTime Started { get; init; }

    /// <summary>When it ended, UTC; null: it goes on, or was killed.</summary>
    public DateTime? Finished { get; init; }

    /// <summary>Whether it was stopped.</summary>
    public bool Cancelled { get; init; }

    /// <summary>What ended it, where that was no slide.</summary>
    public string? Error { get; init; }

    /// <summary>Slides it segmented.</summary>
    public int Done { get; init; }

    /// <summary>Slides that were done before.</summary>
    public int Skipped { get; init; }

    /// <summary>Slides not segmented.</summary>
    public int Failed { get; init; }

    /// <summary>Where the time went.</summary>
    public RunTime? Time { get; init; }

    /// <summary>How each slide ended.</summary>
    public IReadOnlyList<SlideOutcome> Slides { get; init; } = [];

    /// <summary>Full paths of slides it has not dealt with, and the names of their outputs.</summary>
    public IReadOnlyList<NamedSlide> Left { get; init; } = [];

    /// <summary>The same of those that belong to other shards of the same list.</summary>
    public IReadOnlyList<NamedSlide> OfOtherShards { get; init; } = [];

    /// <summary>What a file says; null: it is no record, or none of a run of this program as it is now.</summary>
    public static RunRecord? Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<RunRecord>(File.ReadAllText(path), RunMetadata.Json);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>A slide and the name of its outputs.</summary>
internal sealed record NamedSlide(string Path, string Name);

/// <summary>Where a run's time went, in seconds waited for; see <see cref="SlideTimes"/>.</summary>
/// <param name="ReadingSeconds">Opening and reading slides.</param>
/// <param name="NetworkSeconds">The network.</param>
/// <param name="WritingSeconds">Writing outputs.</param>
/// <param name="Limit">What took most.</param>
internal sealed record RunTime(double ReadingSeconds, double NetworkSeconds, double WritingSeconds, string? Limit)
{
    /// <summary>The times of slides together.</summary>
    public static RunTime Of(SlideTimes times) =>
        new(Math.Round(times.Reading.TotalSeconds, 3), Math.Round(times.Network.TotalSeconds, 3), Math.Round(times.Writing.TotalSeconds, 3), times.Limit);
}
