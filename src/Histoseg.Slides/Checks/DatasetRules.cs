using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Checks;

/// <summary>What a dataset as a whole must fulfil to be trained on. <c>check</c> and <c>train</c> hold it to them alike.</summary>
internal static class DatasetRules
{
    /// <summary>Whether there are slides to train and to validate on.</summary>
    /// <param name="manifest">The dataset, with splits.</param>
    public static IEnumerable<Finding> OfSplits(Manifest manifest)
    {
        if (!manifest.Of(DataSplit.Train).Any())
            yield return new(manifest.Path, FindingLevel.Error,
                $"{manifest.Path}: no slide is in split train, so there is nothing to train on; give some that split");
        if (!manifest.Of(DataSplit.Val).Any())
            yield return new(manifest.Path, FindingLevel.Warning,
                $"{manifest.Path}: no slide is in split val, so nothing tells which model is the best: the last one is taken");
    }

    /// <summary>At what scale the network will see the slides, where that is not plain.</summary>
    /// <param name="manifest">What the dataset is called.</param>
    /// <param name="wanted">µm per pixel that slides are read at; null: their own pixels.</param>
    /// <param name="scales">µm per pixel of the slides; null where none is told.</param>
    public static IEnumerable<Finding> OfScale(string manifest, double? wanted, IReadOnlyCollection<double?> scales)
    {
        if (wanted is { } mpp && SlideScale.Unusual(mpp, "data.mpp") is { } unusual)
            yield return new(manifest, FindingLevel.Warning, $"{manifest}: {unusual}");
        if (wanted is not null || scales.Count == 0)
            yield break;
        var known = scales.OfType<double>().Order().ToList();
        var differ = known.Count > 0 && !SlideScale.AreAlike(known[0], known[^1]);
        var scale = known.Count == 0 ? "of unknown scale"
            : differ ? Figures.Text($"{known[0]:0.####} to {known[^1]:0.####} µm per pixel")
            : Figures.Text($"{known[0]:0.####} µm per pixel");
        yield return new(manifest, differ ? FindingLevel.Warning : FindingLevel.Ok,
            $"{manifest}: data.mpp is not given, so the slides' own pixels are used: {scale}"
                + $"{(known.Count > 0 && known.Count < scales.Count ? ", some unknown" : "")}"
                + (differ ? "; give data.mpp to have all at one scale" : ""));
    }

    /// <summary>Whether what is to be learnt occurs.</summary>
    /// <param name="manifest">What the dataset is called.</param>
    /// <param name="classes">Class names; the index is the label.</param>
    /// <param name="train">What the training slides show.</param>
    /// <param name="validation">What the validation slides show.</param>
    public static IEnumerable<Finding> OfClasses(string manifest, IReadOnlyList<string> classes, SplitTally train, SplitTally validation)
    {
        var labels = Enumerable.Range(1, classes.Count - 1).ToList();
        if (labels.Where(label => !train.Shows(label)).Select(label => classes[label]).ToList() is { Count: > 0 } missing)
            yield return new(manifest, FindingLevel.Error, $"{manifest}: {Named(missing)} "
                + $"{(train.Slides == 1 ? "nowhere on" : "on none of")} {Figures.The(train.Slides, "training slide")}, so "
                + $"nothing can be learnt of {(missing.Count == 1 ? "it" : "them")}; check data.labels and data.mask_values, or take "
                + $"{(missing.Count == 1 ? "it" : "them")} out of data.classes");
        if (!train.Shows(0))
            yield return new(manifest, FindingLevel.Warning, $"{manifest}: {Named([classes[0]])} on no training slide");
        if (validation.Slides == 0)
            yield break;
        if (validation.Ignored == validation.Slides)
            yield return new(manifest, FindingLevel.Error, $"{manifest}: no pixel of {Figures.The(validation.Slides, "validation slide")} counts (255 "
                + "throughout), so no model can be told from another; check their annotations or masks");
        else if (labels.Where(label => train.Shows(label) && !validation.Shows(label)).Select(label => classes[label]).ToList() is { Count: > 0 } unseen)
            yield return new(manifest, FindingLevel.Warning, $"{manifest}: {Named(unseen)} on no validation slide, so validation says nothing of "
                + $"{(unseen.Count == 1 ? "it" : "them")}");
    }

    private static string Named(IReadOnlyList<string> names) =>
        $"{(names.Count == 1 ? "class" : "classes")} {string.Join(", ", names.Select(name => $"'{name}'"))} {(names.Count == 1 ? "occurs" : "occur")}";
}
