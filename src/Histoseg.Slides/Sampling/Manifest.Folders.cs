namespace Histoseg.Slides.Sampling;

internal sealed partial record Manifest
{
    private static readonly string[] _pictures = [".png", ".jpg", ".jpeg", ".tif", ".tiff"];
    private static readonly string[] _maskEndings = ["", "_mask", "_anno"];

    /// <summary>
    /// Pairs plain pictures with masks by name: <c>a.jpg</c> with <c>a.*</c>, <c>a_mask.*</c> or <c>a_anno.*</c>. Both folders may be the same.
    /// </summary>
    /// <param name="images">The folder of pictures.</param>
    /// <param name="masks">The folder of masks.</param>
    /// <param name="patients">CSV with columns <c>name</c> (a picture's name without extension) and <c>patient</c>, or null: every picture is a patient of
    /// its own. Its column <c>split</c>, if there, assigns train, val and test; other words in it leave the picture unassigned. Further columns are not
    /// read.</param>
    /// <exception cref="SlideError">A folder is missing or empty, a picture has no mask or two, a mask no picture, or a picture no patient.</exception>
    public static Manifest FromFolders(string images, string masks, string? patients = null)
    {
        var maskFiles = Pictures(masks).ToLookup(Stem, StringComparer.Ordinal);
        var imageFiles = Pictures(images).Where(f => !IsMaskOf(f, images, maskFiles)).ToList();
        var pairs = new List<(string Image, string Mask)>();
        var without = new List<string>();
        foreach (var image in imageFiles)
        {
            var found = _maskEndings.SelectMany(ending => maskFiles[Stem(image) + ending]).Where(m => m != image).ToList();
            if (found.Count > 1)
                throw new SlideError($"{image}: two masks belong to it, {found[0]} and {found[1]}; leave one");
            if (found.Count == 1)
                pairs.Add((image, found[0]));
            else
                without.Add(image);
        }
        if (without.Count > 0)
            throw new SlideError($"{images}: {Figures.Count(without.Count, "picture has", "pictures have")} no mask in {masks}: {Figures.FirstOf(without)}; "
                + $"expected for instance {Stem(without[0])}.png or {Stem(without[0])}_mask.png");
        var used = pairs.Select(p => p.Mask).Concat(imageFiles).ToHashSet();
        if (maskFiles.SelectMany(g => g).Where(m => !used.Contains(m)).ToList() is { Count: > 0 } left)
            throw new SlideError($"{masks}: {Figures.Count(left.Count, "mask has", "masks have")} no picture in {images}: {Figures.FirstOf(left)}");
        var known = patients is null ? null : Patients(patients);
        return Checked(images, [.. pairs.Select(pair => Row(pair.Image, pair.Mask, patients, known))]);
    }

    /// <summary>Rows with the patients, and the splits where it tells any, of a CSV as <see cref="FromFolders"/> takes it.</summary>
    /// <exception cref="SlideError">The file is missing or wrong, or has no row for a slide.</exception>
    public static IReadOnlyList<ManifestRow> WithPatients(string patients, IEnumerable<ManifestRow> rows)
    {
        var known = Patients(patients);
        return [.. rows.Select(row => Of(row, patients, known))];
    }

    private static ManifestRow Row(string image, string mask, string? patients, Dictionary<string, (string Patient, DataSplit? Split)>? known)
    {
        var row = new ManifestRow(image, null, mask, null, Stem(image), null);
        return known is null ? row : Of(row, patients!, known);
    }

    private static ManifestRow Of(ManifestRow row, string patients, Dictionary<string, (string Patient, DataSplit? Split)> known) =>
        known.TryGetValue(Stem(row.Slide), out var entry) ? row with { Split = entry.Split, Patient = entry.Patient }
            : throw new SlideError($"{patients}: no row for picture '{Stem(row.Slide)}' ({row.Slide}), so its patient is not known");

    private static Dictionary<string, (string Patient, DataSplit? Split)> Patients(string path)
    {
        var csv = new ManifestCsv(path, ["name", "patient"], known: null);
        var known = new Dictionary<string, (string, DataSplit?)>();
        foreach (var (line, field) in csv.Rows)
        {
            var name = field("name") ?? throw csv.Error(line, "no name is given");
            var patient = field("patient") ?? throw csv.Error(line, $"'{name}' has no patient");
            DataSplit? split = field("split")?.ToLowerInvariant() switch
            {
                "train" => DataSplit.Train,
                "val" => DataSplit.Val,
                "test" => DataSplit.Test,
                _ => null,
            };
            if (!known.TryAdd(name, (patient, split)))
                throw csv.Error(line, $"'{name}' is there twice");
        }
        return known;
    }

    private static List<string> Pictures(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder)
                .Where(f => _pictures.Contains(System.IO.Path.GetExtension(f), StringComparer.OrdinalIgnoreCase))
                .Select(System.IO.Path.GetFullPath)
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new SlideError($"{folder}: the folder does not exist or cannot be read", e);
        }
    }

    // In a folder that holds both, "a_mask.png" beside "a.png" is no picture of its own.
    private static bool IsMaskOf(string file, string images, ILookup<string, string> maskFiles) =>
        maskFiles[Stem(file)].Contains(file) && _maskEndings.Any(ending => ending.Length > 0
            && Stem(file).EndsWith(ending, StringComparison.Ordinal)
            && _pictures.Any(p => File.Exists(System.IO.Path.Combine(images, Stem(file)[..^ending.Length] + p))));

    private static string Stem(string path) => System.IO.Path.GetFileNameWithoutExtension(path);
}
