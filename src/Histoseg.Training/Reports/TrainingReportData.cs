using Histoseg.Segmentation.Evaluation;
using Histoseg.Segmentation.Evaluation.Froc;
using Histoseg.Segmentation.Evaluation.Objects;
using Histoseg.Slides.Annotations;
using Histoseg.Training.Findings;

namespace Histoseg.Training.Reports;

/// <summary>What a training report shows. Sections without content are left out.</summary>
internal sealed record TrainingReportData
{
    /// <summary>The heading.</summary>
    public required string Title { get; init; }

    /// <summary>A sentence below it: what was trained on what.</summary>
    public string Summary { get; init; } = "";

    /// <summary>Of a run that is not done: how it stands; null: it is done.</summary>
    public ReportStatus? Status { get; init; }

    /// <summary>What the data says, in sentences.</summary>
    public IReadOnlyList<Answer> Answers { get; init; } = [];

    /// <summary>Class names, background first.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>A colour for each.</summary>
    public ClassPalette Palette { get; init; } = ClassPalette.Usual;

    /// <summary>The numbers at the top.</summary>
    public IReadOnlyList<ReportFigure> Headlines { get; init; } = [];

    /// <summary>The run's metrics, for the curves.</summary>
    public IReadOnlyList<MetricsRow> Metrics { get; init; } = [];

    /// <summary>Scores per slide.</summary>
    public IReadOnlyList<SlideResult> Results { get; init; } = [];

    /// <summary>Scores of all pixels together, for the table's last line; null: none.</summary>
    public SlideResult? Pooled { get; init; }

    /// <summary>What the scores are of; empty: nothing to say.</summary>
    public string ScoresNote { get; init; } = "";

    /// <summary>The pixels of the slides scored, by true and predicted class; null: none.</summary>
    public ConfusionMatrix? Confusion { get; init; }

    /// <summary>Scores per patient.</summary>
    public IReadOnlyList<PatientScore> Patients { get; init; } = [];

    /// <summary>How much there is of each class where.</summary>
    public IReadOnlyList<ClassBalance> Balances { get; init; } = [];

    /// <summary>Scores of objects; null: none.</summary>
    public ObjectReport? Objects { get; init; }

    /// <summary>The lesion FROC of a class; null: none.</summary>
    public (string Class, FrocCurve Curve)? Froc { get; init; }

    /// <summary>Whole slides.</summary>
    public IReadOnlyList<ReportPicture> Slides { get; init; } = [];

    /// <summary>Which slides these are.</summary>
    public string SlidesNote { get; init; } = "";

    /// <summary>Patches where classes meet.</summary>
    public IReadOnlyList<ReportPicture> Borders { get; init; } = [];

    /// <summary>The worst patches of all slides.</summary>
    public IReadOnlyList<ReportPicture> Worst { get; init; } = [];

    /// <summary>Which patches these are, or that there are none; empty: they were not looked for.</summary>
    public string WorstNote { get; init; } = "";

    /// <summary>Patches as the network saw them in training.</summary>
    public IReadOnlyList<SeenPatch> Seen { get; init; } = [];

    /// <summary>Where the time went, and other measurements.</summary>
    public IReadOnlyList<ReportFigure> Timings { get; init; } = [];

    /// <summary>The resolved config as YAML.</summary>
    public string Config { get; init; } = "";
}
