using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Checks;

/// <summary>
/// Looks over a dataset before hours of training, by the rules that training has: files are there, every slide opens, its scale is known, its annotation
/// fits, there are patches to sample, every class occurs, and pictures show the labels on the tissue.
/// </summary>
internal static class DatasetCheck
{
    /// <summary>Checks every slide of a dataset; a bad one does not stop the others.</summary>
    /// <param name="manifest">The dataset; load it with <c>requireFiles: false</c> to hear of all missing files at once.</param>
    /// <param name="settings">How the dataset is to be used.</param>
    /// <param name="progress">Told after each slide how many are done, or null.</param>
    /// <returns>At least one finding for each slide, in the dataset's order, then those about the whole.</returns>
    /// <exception cref="SlideError">The class map is wrong, or an overlay cannot be written.</exception>
    public static IReadOnlyList<Finding> Run(Manifest manifest, DatasetCheckSettings settings, IProgress<int>? progress = null)
    {
        var map = settings.Slides.Map;
        AnnotationCheck.RequireClasses(map);
        var (splits, ofSplits) = Splits(manifest, settings);
        var files = DatasetFiles.Read(manifest.Path, splits.Rows, map, CancellationToken.None);
        var findings = new List<Finding>();
        var names = OverlayNames(splits);
        var tallies = new[] { DataSplit.Train, DataSplit.Val, DataSplit.Test }.ToDictionary(split => split, _ => new SplitTally(map.Classes.Count));
        var (scales, colours) = (new List<double?>(), new List<(string Slide, ColourStatistics Colours)>());
        for (var i = 0; i < splits.Rows.Count; i++)
        {
            var row = splits.Rows[i];
            var ofFiles = files.Findings.Where(finding => finding.Slide == row.Slide).ToList();
            findings.AddRange(ofFiles);
            if (Path.Exists(row.Slide))
            {
                // What is wrong with the truth is told; the rest of the slide is looked at all the same.
                var check = new SlideCheck(ofFiles.Count == 0 ? row : row with { Annotation = null, Mask = null }, settings, findings);
                check.Run(files.AnnotationOf(row), settings.OverlayFolder is { } folder && ofFiles.Count == 0 ? Path.Combine(folder, names[i]) : null);
                if (ofFiles.Count == 0 && check.Labels is { } labels)
                    tallies[row.Split ?? DataSplit.Train].Add(labels);
                if (check.Labels is not null)
                    scales.Add(check.Scale);
                if (check.Colours is { } seen)
                    colours.Add((row.Slide, seen));
            }
            progress?.Report(i + 1);
        }
        findings.AddRange(ForeignColours.Among(colours));
        findings.AddRange(files.Findings.Where(finding => finding.Slide == manifest.Path));
        findings.AddRange(ofSplits);
        findings.AddRange(DatasetRules.OfScale(manifest.Path, settings.Slides.TargetMpp, scales));
        // What slides that cannot be used would show is not known.
        if (IsUsable(splits, findings, DataSplit.Train))
            findings.AddRange(DatasetRules.OfClasses(manifest.Path, map.Classes, tallies[DataSplit.Train], tallies[DataSplit.Val]));
        findings.Add(Summary(manifest, findings));
        return findings;
    }

    // With splits that cannot be made, all is looked at as if it were trained on.
    private static (Manifest Splits, IReadOnlyList<Finding> Findings) Splits(Manifest manifest, DatasetCheckSettings settings)
    {
        try
        {
            var splits = PatientSplit.Complete(manifest, settings.ValidationShare, settings.Seed);
            return (splits, [.. DatasetRules.OfSplits(splits)]);
        }
        catch (SlideError error)
        {
            return (manifest, [Finding.Of(manifest.Path, error)]);
        }
    }

    private static bool IsUsable(Manifest manifest, List<Finding> findings, DataSplit split)
    {
        var bad = findings.Where(finding => finding.Level == FindingLevel.Error).Select(finding => finding.Slide).ToHashSet();
        return manifest.Of(split).Any() && !manifest.Of(split).Any(row => bad.Contains(row.Slide));
    }

    private static Finding Summary(Manifest manifest, List<Finding> findings)
    {
        var errors = findings.Where(finding => finding.Level == FindingLevel.Error).ToList();
        var bad = errors.Select(finding => finding.Slide).Where(slide => slide != manifest.Path).Distinct().Count();
        var slides = Figures.All(manifest.Rows.Count, "slide");
        return errors.Count == 0 ? new(manifest.Path, FindingLevel.Ok, $"{slides} can be used")
            : new(manifest.Path, FindingLevel.Error, bad == 0 ? $"{slides} can be used, the dataset as a whole cannot"
                : manifest.Rows.Count == 1 ? $"{slides} cannot be used"
                : Figures.Text($"{bad} of {manifest.Rows.Count} slides cannot be used"));
    }

    // Slides of one name in different folders must not overwrite each other's picture.
    private static List<string> OverlayNames(Manifest manifest)
    {
        var used = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var names = new List<string>();
        foreach (var row in manifest.Rows)
        {
            var stem = Path.GetFileNameWithoutExtension(row.Slide);
            var name = stem;
            for (var i = 2; !used.Add(name); i++)
                name = $"{stem}-{i}";
            names.Add($"{name}.png");
        }
        return names;
    }
}
