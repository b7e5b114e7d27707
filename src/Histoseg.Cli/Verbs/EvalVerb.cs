using System.CommandLine;
using Histoseg.Cli.Terminal;
using Histoseg.Segmentation.Evaluation;
using Histoseg.Segmentation.Evaluation.Froc;
using Histoseg.Training.Config;
using Histoseg.Training.Reports;

namespace Histoseg.Cli.Verbs;

/// <summary><c>engine eval</c>: label maps against annotations.</summary>
internal sealed class EvalVerb : Verb
{
    private readonly ConfigOptions _config = new();
    private readonly Option<string> _predictions = new("--predictions", "-p") { Description = "The output folder of infer", Required = true };
    private readonly Option<string?> _output =
        new("--out", "-o") { Description = "Folder for evaluation.csv and evaluation.md; the predictions' if not given" };
    private readonly Option<long> _size =
        NumberOption.Create("--size-limit", "Regions with fewer pixels are XS, the others XL", SlideEvaluator.PaperSizeLimit);
    private readonly Option<string?> _report = new("--report") { Description = "Also write an HTML report with pictures to this file" };
    private readonly Option<string?> _run = new("--run") { Description = "The run folder whose training curves go into the report" };
    private readonly Option<bool> _objects =
        new("--objects") { Description = "Also F1, Dice and Hausdorff distance of each class's objects, as GlaS scores them" };
    private readonly Option<string?> _froc = new("--froc") { Description = "Also the lesion FROC of this class, as Camelyon16 scores it; needs heat maps" };
    private readonly Option<string?> _detections =
        new("--detections") { Description = "With --froc: a folder of lists <slide>.csv (confidence,x,y) in place of the label and heat maps" };
    private readonly OriginOption _origin = new("Where annotations and masks are counted from");
    private readonly SplitOption _split;

    /// <summary>The verb.</summary>
    public EvalVerb(Session session) : base(
        "eval",
        "Scores predictions against annotations: Dice, IoU, accuracy per slide and pooled, regions by size, objects, lesion FROC.",
        """
        engine eval -c RUN/config.yaml -p predictions --split test
        engine eval -c RUN/config.yaml -p predictions --split test --objects
        engine eval -c RUN/config.yaml -p predictions --split test --froc tumour
        engine eval -c RUN/config.yaml -p predictions --set data.manifest=other.csv --report report.html --run RUN
        """,
        session)
    {
        _config.AddTo(this);
        foreach (var option in new Option[] { _predictions, _output, _size, _objects, _froc, _detections, _report, _run, _origin.Option })
            Add(option);
        _split = new(this);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult given)
    {
        var config = _origin.Of(given, _config.Load(given));
        var rows = _split.Of(given, config.LoadManifest());
        var predictions = given.GetValue(_predictions)!;
        var output = given.GetValue(_output) ?? predictions;
        var metrics = given.GetValue(_run) is { } run ? MetricsCsv.Read(Path.Combine(run, "metrics.csv")).Rows : [];
        var map = config.ToClassMap();
        var froc = Froc(given, map.Classes);
        var done = 0;
        var result = ProgressDisplay.Run(Session, "scoring", progress => EvaluationRun.Run(
            predictions, rows, config.ToSlideSettings(), output, given.GetValue(_size), froc, given.GetValue(_objects),
            given.GetValue(_report) is null ? null : config.Data.PatchSize, new Told<EvaluatedSlide>(slide =>
            {
                if (slide.Error is { } error)
                    progress.Note($"engine: {Remedies.InWords(error, slide.Remedy)}");
                progress.Show((double)++done / rows.Count, $"{done} of {Figures.Count(rows.Count, "slide")}");
            }),
            Session.Cancel));
        if (given.GetValue(_report) is { } report)
            TrainingReport.Write(report, ResultReport.Gather(config, ConfigFile.ToYaml(config), result, rows, metrics));
        Session.Out.Write(EvaluationReport.Markdown(result));
        return ExitCode.Of(result.Outcome);
    }

    private FrocSettings? Froc(ParseResult given, IReadOnlyList<string> classes)
    {
        var detections = given.GetValue(_detections);
        if (given.GetValue(_froc) is not { } name)
            return detections is null ? null : throw new ConfigError($"--detections {detections}: say with --froc which class they are of");
        var label = classes.Index().FirstOrDefault(pair => string.Equals(pair.Item, name, StringComparison.OrdinalIgnoreCase)).Index;
        if (label == 0)
            throw new ConfigError($"--froc {name}: lesions are of a class other than the background, of "
                + $"{string.Join(", ", classes.Skip(1))}{NearestName.Hint(name, classes.Skip(1))}");
        if (detections is not null && !Directory.Exists(detections))
            throw new ConfigError($"--detections {detections}: no such folder");
        return new((byte)label, detections);
    }
}
