using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Checks;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;

namespace Histoseg.Training.Data;

/// <summary>The slides of a run, open and looked at: all that can be told before patches are listed, a device is opened and a network compiled.</summary>
internal sealed class TrainingSlides : IDisposable
{
    private readonly TrainConfig _config;
    private readonly string _manifest;
    private readonly OpenedSlides _opened;

    private TrainingSlides(TrainConfig config, string manifest, OpenedSlides opened) => (_config, _manifest, _opened) = (config, manifest, opened);

    /// <summary>Opens every slide of the config's manifest or folders.</summary>
    /// <param name="config">What to train.</param>
    /// <param name="warn">Told what is odd, a line each.</param>
    /// <param name="cancel">Stops between slides.</param>
    /// <exception cref="SlideError">The class map is wrong, or slides, annotations or masks are missing or wrong: all of them, the first in the
    /// message.</exception>
    public static TrainingSlides Open(TrainConfig config, Action<string> warn, CancellationToken cancel)
    {
        AnnotationCheck.RequireClasses(config.ToClassMap());
        var manifest = PatientSplit.Complete(config.LoadUnsplit(requireFiles: false), config.Data.ValidationShare, config.Seed);
        Tell([.. DatasetRules.OfSplits(manifest)], warn);
        var opened = OpenedSlides.Open(config, manifest, [DataSplit.Train, DataSplit.Val], warn, cancel);
        Tell([.. DatasetRules.OfScale(manifest.Path, config.Data.Mpp, opened.Scales)], warn);
        return new(config, manifest.Path, opened);
    }

    /// <summary>Goes over the slides at a coarse scale and lists the patches; leaves out validation slides of which no pixel counts.</summary>
    /// <param name="warn">Told what is odd, a line each.</param>
    /// <param name="cancel">Stops the work.</param>
    /// <exception cref="SlideError">There are no patches on a slide, or what is to be learnt does not occur.</exception>
    public TrainingData ListPatches(Action<string> warn, CancellationToken cancel)
    {
        var (training, validation) = (_opened.Of(DataSplit.Train), _opened.Of(DataSplit.Val));
        var threads = _config.Training.Threads;
        var parallel = new ParallelOptions { CancellationToken = cancel, MaxDegreeOfParallelism = threads == 0 ? -1 : threads };
        var looked = training.Concat(validation).ToArray();
        var (labels, colours) = (new LabelCount[looked.Length], new ColourStatistics?[looked.Length]);
        Parallel.For(0, looked.Length, parallel, i =>
        {
            var slide = looked[i].Opened;
            labels[i] = LabelCount.Of(slide.Labels, slide.Width, slide.Height);
            colours[i] = ColourStatistics.Of(slide.Slide);
        });
        var classes = _config.Data.Classes;
        var (ofTraining, ofValidation) = (new SplitTally(classes.Count), new SplitTally(classes.Count));
        for (var i = 0; i < looked.Length; i++)
            (i < training.Count ? ofTraining : ofValidation).Add(labels[i]);
        Tell([.. DatasetRules.OfClasses(_manifest, classes, ofTraining, ofValidation)], warn);
        Tell([.. ForeignColours.Among([.. looked.Index().Where(one => colours[one.Index] is not null)
            .Select(one => (one.Item.Opened.Slide.Path, colours[one.Index]!))])], warn);

        var dataset = SlideDataset.Build([.. training.Select(one => one.Slide)], _config.ToPatchGrid(), cancel: cancel, threads: threads);
        var counted = validation.Index().Where(one => labels[training.Count + one.Index].Counted > 0).Select(one => one.Item.Slide).ToList();
        foreach (var (_, slide) in validation.Where(one => !counted.Contains(one.Slide)))
            warn($"{slide.Name}: no pixel of it counts (255 throughout), so it is left out of validation");
        var areas = Enumerable.Range(0, classes.Count).Select(label => training.Zip(labels).Sum(one => PixelsOf(label, one.First.Slide, one.Second)));
        return new(dataset, counted, ColourStatistics.Median([.. colours.Take(training.Count).OfType<ColourStatistics>()]), [.. areas]);
    }

    // The grid of labels of each slide is as coarse as its size asks for.
    private static double PixelsOf(int label, DatasetSlide slide, LabelCount labels) =>
        labels[label] * Math.Pow(labels.Downsample / slide.View.Downsample, 2);

    private static void Tell(IReadOnlyList<Finding> findings, Action<string> warn)
    {
        Finding.RequireNoError(findings);
        foreach (var finding in findings)
            warn(finding.Message);
    }

    /// <inheritdoc/>
    public void Dispose() => _opened.Dispose();
}
