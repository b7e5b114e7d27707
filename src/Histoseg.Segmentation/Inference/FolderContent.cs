using Histoseg.Slides.OpenSlide;

namespace Histoseg.Segmentation.Inference;

/// <summary>What of a searched folder is no slide: <paramref name="Unread"/> would be, if it could be read.</summary>
/// <param name="Notes">Files of unknown kinds and masks, a line for each kind.</param>
/// <param name="Unread">Folders whose slides cannot be read here, with the reason.</param>
internal sealed record FolderContent(IReadOnlyList<string> Notes, IReadOnlyList<(string Folder, string Error)> Unread)
{
    private const string Dicom = ".dcm";
    // Annotations, tables and texts, what this program writes itself, and the inner files of MIRAX and Hamamatsu slides.
    private static readonly HashSet<string> _companions = new(
        [".xml", ".json", ".geojson", ".csv", ".tsv", ".xlsx", ".txt", ".md", ".html", ".pdf", ".yaml", ".yml", ".log", ".dat", ".ini", ".opt"],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Sorts the files of a folder.</summary>
    public static (IReadOnlyList<string> Slides, FolderContent Others) Sort(string folder, IReadOnlyList<string> files)
    {
        var notes = new List<string>();
        // A Hamamatsu .vms or .vmu is the index of a set of pictures beside it.
        var indexed = files.Where(file => Extension(file) is ".vms" or ".vmu").Select(Path.GetDirectoryName).ToHashSet(RealPath.Comparer);
        var known = files.Where(SlideInputs.HasSlideExtension)
            .Where(file => Extension(file) != ".jpg" || !indexed.Contains(Path.GetDirectoryName(file))).ToList();
        var (masks, slides) = (known.Where(IsMask).ToList(), known.Where(file => !IsMask(file)).ToList());
        if (masks.Count > 0)
            notes.Add($"{folder}: {Figures.Count(masks.Count, "file")} named as masks are not taken for slides ({Figures.FirstOf(masks)})");
        foreach (var kind in files.Where(file => !SlideInputs.HasSlideExtension(file) && !_companions.Contains(Extension(file))
            && !Leftovers.Is(file)).GroupBy(Extension).OrderBy(kind => kind.Key, StringComparer.Ordinal))
        {
            var of = kind.Key.Length == 0 ? "without extension" : kind.Key;
            notes.Add($"{folder}: {Figures.Count(kind.Count(), "file")} {of} left out, of no kind this program looks for ({Figures.FirstOf([.. kind])})");
        }
        if (!NeedsNewerOpenSlide(OpenSlideLibrary.Found.IsAvailable ? OpenSlideLibrary.Found.Version : null, out var found))
            return (OneOfEachSeries(folder, slides, notes), new(notes, []));
        var unread = slides.Where(file => Extension(file) == Dicom).GroupBy(Path.GetDirectoryName)
            .Select(series => (series.Key!,
                $"{series.Key}: {Figures.Count(series.Count(), "file")} {Dicom} (DICOM): to read them takes OpenSlide 4 or newer, {found}")).ToList();
        return ([.. slides.Where(file => Extension(file) != Dicom)], new(notes, unread));
    }

    /// <summary>Leaves one file of each DICOM series, the first of a folder: its files are one slide, and OpenSlide opens it by any of them.</summary>
    internal static IReadOnlyList<string> OneOfEachSeries(string folder, IReadOnlyList<string> slides, List<string> notes)
    {
        var dicom = slides.Where(file => Extension(file) == Dicom).ToList();
        var others = dicom.GroupBy(file => (Path.GetDirectoryName(file), DicomSeries.Of(file) ?? file)).SelectMany(series => series.Skip(1)).ToHashSet();
        if (others.Count > 0)
            notes.Add($"{folder}: {Figures.Count(dicom.Count, "file")} {Dicom} (DICOM) are {Figures.Count(dicom.Count - others.Count, "slide")}, "
                + $"of which each is opened by its first file ({Figures.FirstOf([.. dicom.Where(file => !others.Contains(file))])})");
        return [.. slides.Where(file => !others.Contains(file))];
    }

    /// <summary>Whether OpenSlide of a version, null where there is none, cannot read DICOM; and what there is, in words.</summary>
    internal static bool NeedsNewerOpenSlide(string? version, out string found)
    {
        found = version is null ? "and none was found" : $"and {version} was found";
        return version is null || !int.TryParse(version.Split('.')[0], out var major) || major < 4;
    }

    private static string Extension(string file) => Path.GetExtension(file).ToLowerInvariant();

    private static bool IsMask(string path)
    {
        var stem = Path.GetFileNameWithoutExtension(path);
        return stem.EndsWith(".mask", StringComparison.OrdinalIgnoreCase) || stem.EndsWith("_mask", StringComparison.OrdinalIgnoreCase);
    }
}
