using Histoseg.Engine.Backends;
using Histoseg.Slides;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;

namespace Histoseg.Training.Proposals;

/// <summary>A config and a manifest that train as they are.</summary>
/// <param name="Yaml">The config, a reason beside each choice.</param>
/// <param name="Manifest">The manifest, CSV.</param>
/// <param name="Classes">The classes.</param>
/// <param name="Summary">What was chosen, a line each.</param>
internal sealed record ConfigProposal(string Yaml, string Manifest, ClassProposal Classes, IReadOnlyList<string> Summary)
{
    private const double ValidationShare = 0.2;
    private const int SplitsTried = 200;

    /// <summary>Makes them of what a dataset shows.</summary>
    /// <param name="found">The slides and their truths.</param>
    /// <param name="survey">What they show.</param>
    /// <param name="minutes">The time for training.</param>
    /// <param name="path">Where the config will be; the manifest lies beside it under the same name.</param>
    /// <param name="backend">The device.</param>
    /// <param name="ask">Asked what files do not tell.</param>
    /// <param name="secondsPerUpdate">Measures an update of a config; null: on the device.</param>
    /// <exception cref="SlideError">There is nothing to learn.</exception>
    public static ConfigProposal Of(FoundDataset found, DatasetSurvey survey, double minutes, string path, Backend backend,
        Func<Question, string> ask, Func<TrainConfig, double>? secondsPerUpdate = null)
    {
        var classes = ClassProposal.Of(survey, ask);
        var foreground = survey.Groups.Where(group => classes.ForegroundOf(group.Name, group.Value) is not null).ToList();
        var look = LookProposal.Of(survey, foreground, largestPatch: backend is ProcessorBackend ? 256 : 512);
        var (rows, splitReason) = Split(found, survey, classes);
        var manifest = Path.ChangeExtension(path, ".csv");
        var share = foreground.Sum(group => group.Area) / (survey.Groups[0].InMicrons
            ? survey.Slides.Sum(slide => slide.Width * Math.Pow(slide.Scale!.Value.MicronsPerPixel, 2) * slide.Height) : survey.Pixels);
        var (positive, positiveReason) = share > 0.25 ? (0.9, Figures.Text($"{100 * share:0} % of the area is foreground, so that few patches have none"))
            : (0.5, "of the patches; the rest are background, so that it is learnt as well");
        var config = new TrainConfig
        {
            Data = new()
            {
                Manifest = manifest,
                Mpp = look.Mpp,
                PatchSize = look.PatchSize,
                Stride = look.Stride,
                Classes = classes.Classes,
                PositiveShare = positive,
            },
        };
        var training = TrainingProposal.Of(config, minutes, backend, secondsPerUpdate);
        var yaml = Write(training, classes, look, Path.GetFileName(manifest), splitReason, positiveReason, survey, backend.Description);
        var (proposed, data) = (training.Config, training.Config.Data);
        return new(yaml, ManifestText(manifest, rows), classes,
        [
            $"classes    {string.Join(", ", classes.Classes)}",
            Figures.Text($"scale      {(look.Mpp is { } mpp ? Figures.Text($"{mpp:0.####} µm per pixel") : "the pictures' own pixels")}, {look.MppReason}"),
            Figures.Text($"patches    {data.PatchSize} × {data.PatchSize} pixels, {training.Reasons.GetValueOrDefault("data.patch_size", look.PatchReason)}"),
            $"network    {proposed.Network.Name}, width {proposed.Network.Width}, pretrained on ImageNet, on {backend.Description}",
            Figures.Text($"training   {proposed.Training.Iterations} updates of {proposed.Training.BatchSize} patches, ")
                + training.Reasons["training.iterations"],
            $"split      {splitReason}",
        ]);
    }

    private static string Write(TrainingProposal training, ClassProposal classes, LookProposal look, string manifest, string splitReason, string positiveReason,
        DatasetSurvey survey, string device)
    {
        var (config, reasons) = (training.Config, training.Reasons);
        var text = new ConfigText();
        text.Comment($"Made by engine init for {Figures.Count(survey.Slides.Count, "slide")}, to be trained on {device}. It trains as it is: "
            + "engine train -c THIS_FILE -o run");
        text.Comment("Keys that are not here have their defaults; engine init --template lists them all.");
        text.Section("network");
        text.Key("name", config.Network.Name, reasons["network.name"]);
        text.Key("width", Figures.Number(config.Network.Width), reasons["network.width"]);
        text.Key("pretrained", config.Network.Pretrained!, reasons["network.pretrained"]);

        text.Section("data");
        text.Key("manifest", YamlWriter.Inline(manifest), $"the slides; {splitReason}");
        text.Key("mpp", look.Mpp is { } mpp ? Figures.Text($"{mpp}") : "null", look.MppReason);
        text.Key("patch_size", Figures.Number(config.Data.PatchSize), reasons.GetValueOrDefault("data.patch_size", look.PatchReason));
        text.Key("stride", Figures.Number(config.Data.Stride), config.Data.Stride == look.Stride ? look.StrideReason : "half a patch");
        text.Key("classes", YamlWriter.Inline(classes.Classes), classes.Reason);
        if (classes.Rules.Count > 0)
        {
            text.Comment("later rules paint over earlier ones");
            text.Lines(["labels:"]);
            foreach (var rule in classes.Rules)
                text.Lines([$"  # {rule.Reason}", $"  - groups: {YamlWriter.Inline(rule.Groups)}", $"    class: {YamlWriter.Inline(rule.Class)}"]);
        }
        if (classes.RegionsOfInterest.Count > 0)
            text.Key("regions_of_interest", YamlWriter.Inline(classes.RegionsOfInterest), "outside of these nothing counts");
        if (classes.LeftOut.Count > 0)
            text.Key("ignored_groups", YamlWriter.Inline(classes.LeftOut), "painted nowhere");
        if (classes.MaskValues is { } values)
            text.Key("mask_values", YamlWriter.Inline(values), "what the masks' values mean");
        text.Key("positive_share", Figures.Text($"{config.Data.PositiveShare}"), positiveReason);

        text.Section("augmentation");
        text.Key("stain_jitter", Figures.Text($"{config.Augmentation.StainJitter}"), reasons["augmentation.stain_jitter"]);
        text.Key("scale_min", Figures.Text($"{config.Augmentation.ScaleMin}"), reasons["augmentation.scale_min"]);
        text.Key("scale_max", Figures.Text($"{config.Augmentation.ScaleMax}"));

        text.Section("training");
        text.Key("iterations", Figures.Number(config.Training.Iterations), reasons["training.iterations"]);
        text.Key("max_minutes", Figures.Text($"{config.Training.MaxMinutes}"), reasons["training.max_minutes"]);
        text.Key("batch_size", Figures.Number(config.Training.BatchSize), reasons["training.batch_size"]);
        text.Key("validate_every", Figures.Number(config.Training.ValidateEvery), reasons["training.validate_every"]);
        text.Key("checkpoint_every", Figures.Number(config.Training.CheckpointEvery));
        text.Key("log_every", Figures.Number(config.Training.LogEvery));

        text.Section("optimiser");
        text.Key("learning_rate", Figures.Text($"{config.Optimiser.LearningRate}"), reasons["optimiser.learning_rate"]);
        if (reasons.TryGetValue("optimiser.averaging", out var averaged))
            text.Key("averaging", Figures.Text($"{config.Optimiser.Averaging}"), averaged);

        text.Section("schedule");
        text.Key("kind", "poly", reasons["schedule.kind"]);
        text.Key("warmup_iterations", Figures.Number(config.Schedule.WarmupIterations), reasons["schedule.warmup_iterations"]);
        return text.ToString();
    }

    // Of many ways to divide the patients the first that shows every class to training and, if that can be, to validation.
    private static (IReadOnlyList<ManifestRow> Rows, string Reason) Split(FoundDataset found, DatasetSurvey survey, ClassProposal classes)
    {
        var rows = survey.Slides.Select(slide => slide.Row).ToList();
        if (rows.All(row => row.Split is not null))
            return (rows, "split as the manifest tells");
        var patients = rows.Select(row => row.Patient).Distinct().Count();
        if (patients == 1)
            return ([.. rows.Select(row => row with { Split = DataSplit.Train })],
                $"{Figures.All(rows.Count, "slide")} of one patient: all are trained on and none is left for validation, so no score will tell whether "
                    + "it works");
        var shown = survey.Slides.ToDictionary(slide => slide.Row.Slide,
            slide => slide.Groups.Select(group => classes.ForegroundOf(group.Name, group.Value)).OfType<string>().Distinct().ToList());
        var all = shown.Values.SelectMany(labels => labels).Distinct().Count();
        var best = Enumerable.Range(1, SplitsTried).Select(seed => PatientSplit.Assign(new("", rows), ValidationShare, 0, seed).Rows)
            .MaxBy(split => 1000 * Shown(split, DataSplit.Train) + Shown(split, DataSplit.Val))!;
        var held = best.Where(row => row.Split == DataSplit.Val).ToList();
        return (best, $"{Figures.Count(held.Count, "slide")} of {Figures.Count(held.Select(row => row.Patient).Distinct().Count(), "patient")} "
            + $"of {patients} held out for validation"
            + (found.KnowsPatients ? "" : "; no patient is told, so each slide is taken for one of its own: if that is wrong, name a CSV with --patients")
            + (Shown(best, DataSplit.Val) < all ? "; not every class occurs on them" : ""));

        int Shown(IReadOnlyList<ManifestRow> split, DataSplit part) =>
            split.Where(row => row.Split == part).SelectMany(row => shown[row.Slide]).Distinct().Count();
    }

    private static string ManifestText(string manifest, IReadOnlyList<ManifestRow> rows) =>
        Slides.Sampling.Manifest.ToCsv(rows, Path.GetDirectoryName(Path.GetFullPath(manifest))!);
}
