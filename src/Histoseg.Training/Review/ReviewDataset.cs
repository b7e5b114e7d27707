using Histoseg.Segmentation.Review;
using Histoseg.Slides.Sampling;
using Histoseg.Training.Config;
using Histoseg.Training.Runs;

namespace Histoseg.Training.Review;

/// <summary>What trains on corrected places: the config and slides of the run that the model is of, with these added, beginning with the model.</summary>
internal static class ReviewDataset
{
    private const string Slides = "slides.csv", Config = "train.yaml";

    /// <summary>Writes manifest and config into the folder of the places.</summary>
    /// <param name="review">The places.</param>
    /// <returns>The config, and what was left out, in a line each; null: the run that the model is of is no longer there.</returns>
    /// <exception cref="UserError">The run's own config or manifest is wrong, or the folder cannot be written.</exception>
    public static (string Config, IReadOnlyList<string> Notes)? Write(ReviewResult review)
    {
        var run = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(review.Model)));
        if (run is null || new RunFolder(run).Config is var path && !File.Exists(path))
            return null;
        var before = ConfigFile.Load<TrainConfig>(path);
        var rows = before.LoadManifest().Rows;
        var known = rows.Select(row => row.Slide).ToHashSet(StringComparer.Ordinal);
        var patients = rows.Where(row => row.Split != DataSplit.Train).Select(row => row.Patient).ToHashSet(StringComparer.Ordinal);
        var (added, notes) = (new List<ManifestRow>(), new List<string>());
        foreach (var slide in review.Slides)
        {
            var patient = Path.GetFileNameWithoutExtension(slide.Slide);
            if (known.Contains(slide.Slide) || patients.Contains(patient))
                notes.Add($"{slide.Slide}: has its truth in {path}; its places are not trained on");
            else
                added.Add(new(slide.Slide, slide.File, null, DataSplit.Train, patient, slide.Mpp) { Region = ReviewFile.Reviewed });
        }
        var (manifest, config) = (Path.Combine(review.Folder, Slides), Path.Combine(review.Folder, Config));
        WholeFile.WriteText(manifest, Manifest.ToCsv([.. rows, .. added], Path.GetFullPath(review.Folder)));
        ConfigFile.Save(before with
        {
            Network = before.Network with { Pretrained = Path.GetFullPath(review.Model) },
            Data = before.Data with
            {
                Manifest = Path.GetFullPath(manifest),
                Images = null,
                Masks = null,
                Patients = null,
                // What was predicted is called after its class.
                Labels =
                [
                    .. before.Data.Labels,
                    .. before.Data.Classes.Where(name => !before.Data.Labels.Any(rule => rule.Groups.Contains(name, StringComparer.OrdinalIgnoreCase)))
                        .Select(name => new LabelRuleConfig { Groups = [name], Class = name }),
                ],
                IgnoredGroups = [.. before.Data.IgnoredGroups.Union([ReviewFile.ToReview, ReviewFile.Reviewed], StringComparer.OrdinalIgnoreCase)],
            },
        }, config);
        return (config, notes);
    }
}
