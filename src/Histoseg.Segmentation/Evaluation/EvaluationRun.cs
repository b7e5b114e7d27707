using Histoseg.Segmentation.Evaluation.Froc;
using Histoseg.Segmentation.Evaluation.Objects;
using Histoseg.Slides;
using Histoseg.Slides.Labels;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>Scores label maps on disk against the annotations of a dataset.</summary>
internal static class EvaluationRun
{
    private const int RowsPerRead = 512; // a row of tiles

    /// <summary>
    /// Scores every slide of a manifest and writes <c>evaluation.csv</c> and <c>evaluation.md</c>; where objects are asked for <c>objects.csv</c>, and where a
    /// lesion FROC is <c>froc.csv</c> and <c>detections/&lt;slide&gt;.csv</c>. A slide that cannot be scored is told in the result and stops no other.
    /// </summary>
    /// <param name="predictions">The output folder of an inference, or its <c>segmentations</c> folder. A slide's label map is found by the slide's
    /// name.</param>
    /// <param name="rows">Slides with their truth: an annotation, a mask, or neither (background throughout).</param>
    /// <param name="settings">How slides and their truth are looked at; the scale of views is of no account.</param>
    /// <param name="outputFolder">Where the tables go.</param>
    /// <param name="sizeLimit">Regions with fewer pixels of the label map are XS, the others XL.</param>
    /// <param name="froc">What a lesion FROC is made of; null: none is.</param>
    /// <param name="objects">Whether objects are scored too.</param>
    /// <param name="patchSize">Side of the squares of which each slide's worst are told, pixels of the label map; null: they are not asked for.</param>
    /// <param name="progress">Told every slide when it is dealt with.</param>
    /// <param name="cancellation">Stops; no tables are written.</param>
    /// <exception cref="WriteError">The tables cannot be written.</exception>
    /// <exception cref="SlideError">There is no such folder of predictions.</exception>
    public static EvaluationResult Run(
        string predictions,
        IReadOnlyList<ManifestRow> rows,
        SlideSettings settings,
        string outputFolder,
        long sizeLimit = SlideEvaluator.PaperSizeLimit,
        FrocSettings? froc = null,
        bool objects = false,
        int? patchSize = null,
        IProgress<EvaluatedSlide>? progress = null,
        CancellationToken cancellation = default)
    {
        var folder = Path.Combine(predictions, "segmentations");
        if (!Directory.Exists(folder))
            folder = predictions;
        if (!Directory.Exists(folder))
            throw new SlideError($"{predictions}: no such folder of predictions; give the folder that slides were segmented into");
        var names = SlideNames.Unique([.. rows.Select(row => row.Slide)]);
        var slides = new List<EvaluatedSlide>();
        foreach (var (row, name) in rows.Zip(names))
        {
            cancellation.ThrowIfCancellationRequested();
            EvaluatedSlide slide;
            try
            {
                var prediction = Prediction(folder, row.Slide, name);
                var (scores, lesions) = Score(prediction, name, row, settings, outputFolder, sizeLimit, froc, objects, patchSize, cancellation);
                slide = new(row.Slide, name, scores, null, prediction, lesions);
            }
            catch (Exception error) when (error is SlideError || FileTrouble.Is(error))
            {
                slide = error is SlideError told ? new(row.Slide, name, null, told.Message, Remedy: told.Remedy)
                    : new(row.Slide, name, null, $"{FileTrouble.PathOf(error) ?? row.Slide}: cannot be read: {FileTrouble.InWords(error)}");
            }
            slides.Add(slide);
            progress?.Report(slide);
        }
        var result = new EvaluationResult(settings.Map.Classes, slides, sizeLimit, froc?.Class);
        WholeFile.WriteText(Path.Combine(outputFolder, "evaluation.csv"), EvaluationReport.Csv(result));
        WholeFile.WriteText(Path.Combine(outputFolder, "evaluation.md"), EvaluationReport.Markdown(result));
        if (EvaluationReport.Objects(result) is { } table)
            WholeFile.WriteText(Path.Combine(outputFolder, "objects.csv"), table.Csv());
        if (result.Froc is { } curve)
            WholeFile.WriteText(Path.Combine(outputFolder, "froc.csv"), FrocReport.Csv(curve));
        return result;
    }

    // Inference may have seen more slides of the same name than the manifest lists, and so have told them apart.
    private static string Prediction(string folder, string slide, string name)
    {
        var stem = Path.GetFileNameWithoutExtension(slide);
        string[] candidates =
            [name, $"{Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(slide)))}_{stem}", $"{stem}_{Path.GetExtension(slide).TrimStart('.')}"];
        return candidates.Select(candidate => Path.Combine(folder, candidate + ".tif")).FirstOrDefault(File.Exists)
            ?? throw new SlideError($"{slide}: has no prediction {name}.tif in {folder}; segment it first") { Remedy = Remedy.SegmentFirst };
    }

    private static (SlideScores Scores, SlideFroc? Froc) Score(
        string prediction, string name, ManifestRow row, SlideSettings settings, string outputFolder, long sizeLimit, FrocSettings? froc,
            bool objects, int? patchSize, CancellationToken cancellation)
    {
        using var labels = new LabelPicture(prediction, LabelPictureKind.Prediction);
        using var slide = OpenedSlide.Open(row, settings, name);
        var truth = slide.Labels;
        var downsample = Downsample(prediction, labels, slide);
        var classes = settings.Map.Classes.Count;
        using var evaluator = new SlideEvaluator(truth, labels.Width, labels.Height, downsample, classes, sizeLimit,
            objects ? new ObjectScorer(classes, slide.ScaleIfKnown?.MicronsPerPixel * downsample ?? labels.MicronsPerPixel, cancellation) : null, patchSize);
        using var detections = froc is null ? null : DetectionSource.Open(froc, prediction, slide.Name, labels, downsample);
        // Before the label map is gone through: whether the slide tells its scale.
        var lesions = froc is null ? null : LesionMap.Of(truth, froc.Class, slide.Width, slide.Height, slide.Scale.MicronsPerPixel);
        for (var y = 0; y < labels.Height; y += RowsPerRead)
        {
            cancellation.ThrowIfCancellationRequested();
            var band = labels.ReadRows(y, Math.Min(RowsPerRead, labels.Height - y));
            evaluator.Write(band);
            detections?.Add(y, band);
        }
        evaluator.Complete();
        // A Dice of nothing would be 1.
        if (!evaluator.Scores!.IsScored)
            throw new SlideError(evaluator.Scores.Confusion.Missing > 0
                ? $"{prediction}: no pixel that counts has a prediction (255, unreadable, throughout), so there is nothing to score; segment the slide again"
                : $"{row.Slide}: no pixel of it counts (255 throughout), so there is nothing to score; check its annotation or mask");
        return (evaluator.Scores, lesions is null ? null : SlideFroc.Of(detections!.Take(outputFolder), lesions));
    }

    // The ratio of scales is exact; that of sizes is rounded to whole pixels, but is there for slides that do not tell their scale.
    private static double Downsample(string prediction, LabelPicture labels, OpenedSlide slide)
    {
        var (width, height) = (slide.Width, slide.Height);
        bool Fits(double downsample) => Math.Abs(width / downsample - labels.Width) <= 1 && Math.Abs(height / downsample - labels.Height) <= 1;
        if (labels.MicronsPerPixel is { } mpp && slide.ScaleIfKnown is { } scale && Fits(mpp / scale.MicronsPerPixel))
            return mpp / scale.MicronsPerPixel;
        var ratio = width >= height ? (double)width / labels.Width : (double)height / labels.Height;
        return Fits(ratio) ? ratio
            : throw new SlideError($"{prediction}: its {labels.Width} × {labels.Height} pixels do not cover {slide.Slide.Path} ({width} × {height}); "
                + "it is of another slide");
    }
}
