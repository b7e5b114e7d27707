using Histoseg.Segmentation.Inference;
using Histoseg.Slides;
using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Proposals;

/// <summary>The slides and truths that lie where a person points.</summary>
/// <param name="Rows">The slides, each with its truth if it has one; at least one. Without split, unless a manifest gives it.</param>
/// <param name="Notes">What was chosen and what was left out, a line each.</param>
/// <param name="KnowsPatients">Whether the patients are told; else each slide stands for one.</param>
internal sealed record FoundDataset(IReadOnlyList<ManifestRow> Rows, IReadOnlyList<string> Notes, bool KnowsPatients)
{
    private const string PatientsFile = "patients.csv";
    private const int MostTold = 5;

    /// <summary>Looks for slides and pairs them with their truths.</summary>
    /// <param name="inputs">Slides, folders and patterns as <see cref="SlideInputs"/> takes them; or one manifest, a CSV file.</param>
    /// <param name="annotations">Files and folders of annotations or masks; empty: what lies beside the slides.</param>
    /// <param name="patients">CSV with the columns <c>name</c> and <c>patient</c>; null: a <c>patients.csv</c> beside or above the slides.</param>
    /// <exception cref="SlideError">There are no slides, or two truths of the same kind belong to one.</exception>
    public static FoundDataset Find(IReadOnlyList<string> inputs, IReadOnlyList<string> annotations, string? patients)
    {
        if (inputs is [var manifest] && Path.GetExtension(manifest).Equals(".csv", StringComparison.OrdinalIgnoreCase))
        {
            if (annotations.Count > 0 || patients is not null)
                throw new ConfigError($"{manifest}: a manifest tells annotations and patients itself; leave the other options out");
            return new(Manifest.Load(manifest).Rows, [], KnowsPatients: true);
        }
        var found = SlideInputs.Find(inputs);
        var notes = new List<string>(found.Notes);
        notes.AddRange(found.Unmatched.Select(one => one.Error));
        var given = annotations.SelectMany(Files).ToList();
        var givenFiles = given.Select(Path.GetFullPath).ToHashSet(RealPath.Comparer);
        var slides = annotations.Count > 0 ? [.. found.Slides.Where(slide => !givenFiles.Contains(Path.GetFullPath(slide)))] : WithoutMasks(found.Slides);
        if (slides.Count == 0)
            throw new SlideError(found.Slides.Count == 0 ? found.Unmatched.Select(one => one.Error).FirstOrDefault() ?? $"{inputs[0]}: no slides there"
                : $"{inputs[0]}: all {found.Slides.Count} pictures there are masks by their names; name the folder of slides");
        var truths = (annotations.Count > 0 ? given : Beside(inputs, slides)).Where(file => TruthNames.KindOf(file) is not null).ToList();
        var rows = Paired(slides, truths, named: annotations.Count > 0, notes);
        patients ??= Candidates(slides).FirstOrDefault(File.Exists);
        if (patients is null)
            return new([.. rows.Select(row => row with { Patient = PatientNames.Of(row.Slide) ?? row.Patient })], notes,
                KnowsPatients: rows.All(row => PatientNames.Of(row.Slide) is not null));
        notes.Add($"{patients}: tells the patients");
        return new(Manifest.WithPatients(patients, rows), notes, KnowsPatients: true);
    }

    private static List<ManifestRow> Paired(List<string> slides, List<string> truths, bool named, List<string> notes)
    {
        var pairs = TruthNames.Pair(slides, truths);
        var of = pairs.Where(pair => pair.Slide is not null).ToLookup(pair => pair.Slide!, pair => pair.Truth);
        var (rows, others) = (new List<ManifestRow>(), new List<string>());
        foreach (var slide in slides)
        {
            var kinds = of[slide].GroupBy(truth => TruthNames.KindOf(truth)!.Value).OrderBy(kind => kind.Key).ToList();
            var chosen = kinds.Count == 0 ? null : OnlyOne(slide, [.. kinds[0]]);
            others.AddRange(kinds.Skip(1).SelectMany(kind => kind));
            var isMask = kinds.Count > 0 && kinds[0].Key == TruthKind.Mask;
            rows.Add(new(slide, isMask ? null : chosen, isMask ? chosen : null, null, Path.GetFileNameWithoutExtension(slide), null));
        }
        if (others.Count > 0)
            notes.Add($"{Figures.Count(others.Count, "file")} left out ({Figures.FirstOf(others)}): their slides have annotations of another kind, "
                + "which is taken; -a names the files or folder to take");
        if (named && pairs.Where(pair => pair.Slide is null).Select(pair => pair.Truth).ToList() is { Count: > 0 } strays)
            notes.Add($"{Figures.Count(strays.Count, "file")} of no slide, by their names ({Figures.FirstOf(strays)})");
        var bare = rows.Where(row => row is { Annotation: null, Mask: null }).ToList();
        if (bare.Count == rows.Count)
            return rows;
        var (normal, left) = (bare.Where(row => TruthNames.SaysNormal(row.Slide)).ToList(), bare.Where(row => !TruthNames.SaysNormal(row.Slide)).ToList());
        if (normal.Count > 0)
            notes.Add($"{Figures.Count(normal.Count, "slide")} without annotation taken for background throughout, as their names or folders say "
                + $"({Figures.FirstOf([.. normal.Select(row => row.Slide)])})");
        if (left.Count > 0)
            notes.Add($"{Figures.Count(left.Count, "slide")} left out, without annotation or mask ({Figures.FirstOf([.. left.Select(row => row.Slide)])}); "
                + "one that is background throughout can be listed in the manifest without");
        return [.. rows.Except(left)];
    }

    private static string OnlyOne(string slide, List<string> truths) => truths is [var one] ? one
        : throw new SlideError($"{slide}: {truths.Count} files tell what is on it, {string.Join(" and ", truths.Take(MostTold))}; name the files or the folder "
            + "to take with -a");

    // Masks lie in a folder that says so, or beside the slide after which they are named.
    private static List<string> WithoutMasks(IReadOnlyList<string> files)
    {
        var outside = files.Where(file => !LiesAmongMasks(file)).ToList();
        var named = outside.Where(file => TruthNames.SaysMask(Path.GetFileNameWithoutExtension(file))).ToList();
        var masks = TruthNames.Pair([.. outside.Except(named)], named).Where(pair => pair.Slide is not null).Select(pair => pair.Truth).ToHashSet();
        return [.. outside.Where(file => !masks.Contains(file))];
    }

    private static bool LiesAmongMasks(string file) =>
        TruthNames.SaysMask(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(file))) ?? "");

    private static IEnumerable<string> Beside(IReadOnlyList<string> inputs, List<string> slides)
    {
        var taken = slides.Select(Path.GetFullPath).ToHashSet(RealPath.Comparer);
        var folders = inputs.Any(Directory.Exists) ? inputs.Where(Directory.Exists) : slides.Select(slide => Path.GetDirectoryName(Path.GetFullPath(slide))!);
        return folders.Distinct(RealPath.Comparer).SelectMany(Files).Where(file => !taken.Contains(Path.GetFullPath(file)))
            .Where(file => TruthNames.KindOf(file) != TruthKind.Mask || LiesAmongMasks(file) || TruthNames.SaysMask(Path.GetFileNameWithoutExtension(file)));
    }

    private static IEnumerable<string> Files(string path) => File.Exists(path) ? [path]
        : Directory.Exists(path) ? new FolderSearch(path, null, _ => false, null).Files
        : throw new SlideError($"{path}: no such file or folder");

    private static IEnumerable<string> Candidates(List<string> slides)
    {
        var folders = slides.Select(slide => Path.GetDirectoryName(Path.GetFullPath(slide))!).Distinct().ToList();
        return folders.Concat(folders.Select(folder => Path.GetDirectoryName(folder)).OfType<string>()).Distinct()
            .Select(folder => Path.Join(folder, PatientsFile));
    }
}
