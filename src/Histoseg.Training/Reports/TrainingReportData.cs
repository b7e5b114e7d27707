using Histoseg.Segmentation.Evaluation.Froc;
using Histoseg.Segmentation.Evaluation.Objects;

namespace Histoseg.Training.Reports;

/// <summary>What a training report shows. Sections without content are left out.</summary>
internal sealed record TrainingReportData
{
    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>A sentence below it: what was trained on what.</summary>
    public string Summary { get; init; } = "";

    /// <summary>Class names, background first.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The numbers at the top.</summary>
    public IReadOnlyList<ReportFigure> Headlines { get; init; } = [];

    /// <summary>The run's metrics, for the curves.</summary>
    public IReadOnlyList<MetricsRow> Metrics { get; init; } = [];

    /// <summary>Scores per slide.</summary>
    public IReadOnlyList<SlideResult> Results { get; init; } = [];

    /// <summary>Scores of all pixels together, for the table's last line; null: none.</summary>
    public SlideResult? Pooled { get; init; }

    /// <summary>Scores of objects; null: none.</summary>
    public ObjectReport? Objects { get; init; }

    /// <summary>The lesion FROC of a class; null: none.</summary>
    public (string Class, FrocCurve Curve)? Froc { get; init; }

    /// <summary>Whole slides.</summary>
    public IReadOnlyList<ReportPicture> Slides { get; init; } = [];

    /// <summary>Single patches, slide by slide.</summary>
    public IReadOnlyList<ReportPatches> Patches { get; init; } = [];

    /// <summary>Where the time went, and other measurements.</summary>
    public IReadOnlyList<ReportFigure> Timings { get; init; } = [];

    /// <summary>The resolved config as YAML.</summary>
    public string Config { get; init; } = "";
}
