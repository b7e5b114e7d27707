namespace Histoseg.Segmentation.Inference;

/// <summary>How a slide of a batch ended.</summary>
public enum SlideStatus
{
    /// <summary>Segmented; all outputs are in place.</summary>
    Done,
    /// <summary>Was done before with the same model, settings and slide.</summary>
    Skipped,
    /// <summary>Not segmented; it has no outputs from this run.</summary>
    Failed,
}

/// <summary>One slide of a batch and how it ended.</summary>
/// <param name="Path">The slide as found.</param>
/// <param name="Name">The name of its output files without extension.</param>
/// <param name="Status">How it ended.</param>
/// <param name="Error">One line: what is wrong with it. Also set on a slide that was segmented in part because it has corrupt tiles.</param>
/// <param name="Outputs">Files written, relative to the output folder.</param>
/// <param name="Segmentation">What it took; null unless segmented in this run.</param>
/// <param name="SlideMpp">µm per level-0 pixel; null where unknown.</param>
/// <param name="ScaleSource">Where the scale came from.</param>
/// <param name="Seconds">Time from opening to the last file.</param>
public sealed record SlideOutcome(
    string Path,
    string Name,
    SlideStatus Status,
    string? Error = null,
    IReadOnlyList<string>? Outputs = null,
    SlideSegmentationResult? Segmentation = null,
    double? SlideMpp = null,
    string? ScaleSource = null,
    double Seconds = 0)
{
    /// <summary>What the user should know about the files written, a line each: what they leave out.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>mm² of each class but the background, by name; null unless segmented in this run.</summary>
    public IReadOnlyDictionary<string, double>? AreasMm2 { get; init; }

    /// <summary>The kind of <see cref="Error"/>, for programs; null: there is no error.</summary>
    public FailureCode? Code { get; init; }

    /// <summary>Whether it failed in a run before, or in one beside this, and was not tried here.</summary>
    public bool FailedBefore { get; init; }

    /// <summary>The insides of an error that is none of the user's, for a report of it; null: there is none.</summary>
    public string? Details { get; init; }
}
