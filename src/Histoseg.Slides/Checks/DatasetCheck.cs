using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Checks;

/// <summary>
/// Looks over a dataset before hours of training: every slide opens, its scale is known, its annotation fits, every class occurs, and pictures show the
/// labels on the tissue.
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
        AnnotationCheck.RequireClasses(settings.Map);
        var findings = new List<Finding>();
        var pixels = new long[256];
        var names = OverlayNames(manifest);
        for (var i = 0; i < manifest.Rows.Count; i++)
        {
            var check = new SlideCheck(manifest.Rows[i], settings, findings);
            check.Run(settings.OverlayFolder is { } folder ? Path.Combine(folder, names[i]) : null);
            for (var label = 0; label < pixels.Length; label++)
                pixels[label] += check.LabelPixels[label];
            progress?.Report(i + 1);
        }
        AddWhole(manifest, settings, findings, pixels);
        return findings;
    }

    private static void AddWhole(Manifest manifest, DatasetCheckSettings settings, List<Finding> findings, long[] pixels)
    {
        var classes = settings.Map.Classes;
        for (var label = 0; label < classes.Count; label++)
            if (pixels[label] == 0)
                findings.Add(new Finding(manifest.Path, FindingLevel.Warning, $"class '{classes[label]}' occurs on no slide"));
        if (manifest.Rows.Any(r => r.Split is not null))
            foreach (var split in (DataSplit[])[DataSplit.Train, DataSplit.Val])
                if (!manifest.Of(split).Any() && manifest.Rows.All(r => r.Split is not null))
                    findings.Add(new Finding(manifest.Path, FindingLevel.Warning, $"no slide is in split {split.ToString().ToLowerInvariant()}"));
        var bad = findings.Where(f => f.Level == FindingLevel.Error).Select(f => f.Slide).Distinct().Count();
        findings.Add(new Finding(manifest.Path, bad == 0 ? FindingLevel.Ok : FindingLevel.Error,
            bad == 0 ? $"all {manifest.Rows.Count} slides can be used" : $"{bad} of {manifest.Rows.Count} slides cannot be used"));
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
