using System.Globalization;
using Histoseg.Slides;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Sampling;

namespace Histoseg.Training.Studies;

/// <summary>Divides a study's data: into folds, or by the split the data has.</summary>
internal static class StudyFolds
{
    /// <summary>The folds of a study, all of them, whatever <see cref="StudyConfig.OnlyFolds"/> says.</summary>
    /// <exception cref="SlideError">The data is missing or wrong, has fewer patients than folds, or nothing is left to train on or to hold out.</exception>
    public static IReadOnlyList<StudyFold> Of(StudyConfig study)
    {
        var manifest = WithScales(study.Protocol.LoadUnsplit());
        return study.Folds == 0 ? [new(null, ByTest(manifest, study))] : ByPatient(manifest, study);
    }

    // A fold's manifest has one column for scales, which counts whatever the file tells: what is but assumed goes in where the file tells nothing.
    private static Manifest WithScales(Manifest manifest) => manifest.Rows.All(row => row.AssumedMpp is null) ? manifest : manifest with
    {
        Rows = [.. manifest.Rows.AsParallel().AsOrdered()
            .Select(row => row with { Mpp = row.Mpp ?? (TellsScale(row) ? null : row.AssumedMpp), AssumedMpp = null })],
    };

    private static bool TellsScale(ManifestRow row)
    {
        try
        {
            using var slide = SlideFile.Open(row.Slide);
            return slide.MicronsPerPixel is not null;
        }
        catch (SlideError)
        {
            // Its run will tell.
            return false;
        }
    }

    private static Manifest ByTest(Manifest manifest, StudyConfig study)
    {
        var hasTest = manifest.Of(DataSplit.Test).Any();
        if (!hasTest && manifest.Rows.All(row => row.Split is not null))
            throw new SlideError($"{manifest.Path}: no slide is of split 'test', so nothing is held out; give some slides that split, or ask for folds");
        // Slides without a split go with their patient's, else to training, or are shared out where nothing is held out yet.
        var split = PatientSplit.Assign(manifest, 0, hasTest ? 0 : study.TestShare, study.Seeds[0]);
        if (!split.Of(DataSplit.Test).Any())
            throw new SlideError($"{manifest.Path}: nothing is held out; give some slides the split 'test', set test_share above 0, or ask for folds");
        return split.Of(DataSplit.Train).Any() ? split : throw new SlideError($"{manifest.Path}: no slide is left to train on; give some the split 'train'");
    }

    private static StudyFold[] ByPatient(Manifest manifest, StudyConfig study)
    {
        var patients = manifest.Rows.GroupBy(row => row.Patient).Select(group => (Name: group.Key, Slides: group.Count())).ToList();
        if (patients.Count < study.Folds)
            throw new SlideError(string.Create(CultureInfo.InvariantCulture,
                $"{manifest.Path}: {Figures.Count(patients.Count, "patient is", "patients are")} too few for {study.Folds} folds; ask for fewer"));
        // The largest patient goes first and each to the fold with the fewest slides, which keeps folds even; the seed decides among equals.
        var slides = new int[study.Folds];
        var foldOf = new Dictionary<string, int>();
        foreach (var (name, count) in patients.OrderByDescending(patient => patient.Slides)
            .ThenBy(patient => PatientSplit.Ticket(patient.Name, study.Seeds[0]), StringComparer.Ordinal))
        {
            var fold = Array.IndexOf(slides, slides.Min());
            foldOf[name] = fold;
            slides[fold] += count;
        }
        return [.. Enumerable.Range(0, study.Folds).Select(fold => new StudyFold(fold + 1,
            manifest with { Rows = [.. manifest.Rows.Select(row => row with { Split = foldOf[row.Patient] == fold ? DataSplit.Test : DataSplit.Train })] }))];
    }
}
