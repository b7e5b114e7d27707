using System.Text.Json;
using Histoseg.Segmentation.Inference;
using Histoseg.Segmentation.Review;
using Histoseg.Slides;
using Histoseg.Slides.Annotations;
using Histoseg.Slides.Sampling;

namespace Histoseg.View.Sources;

/// <summary>What <c>engine infer</c> wrote to an output folder, and is writing.</summary>
/// <param name="path">The output folder.</param>
/// <param name="elsewhere">Slides that may be those segmented, where these are no longer where they were: file name to path.</param>
internal sealed class InferredSlides(string path, IReadOnlyDictionary<string, string> elsewhere) : IResultSource
{
    private const string Gone = "the slide is no longer there; name its folder too: engine view OUT SLIDES";

    /// <summary>Whether a folder is one of results.</summary>
    public static bool Is(string folder) =>
        Directory.Exists(FolderLock.NotesOf(folder)) || OutputKinds.Folders.Any(kind => Directory.Exists(Path.Combine(folder, kind)));

    /// <inheritdoc/>
    public SourceContent Read()
    {
        var (classes, rules, palette) = Classes();
        var scores = ScoreTable.Read(Path.Combine(path, "evaluation.csv"));
        var slides = new List<ViewedSlide>();
        foreach (var name in Names())
        {
            var note = DoneRecord.Load(path, name);
            var claim = SlideClaim.PathOf(path, name);
            // Its files are being put in place; until they are, there is the slide.
            if (note is null && IsAtWork(claim))
            {
                if (ClaimNote.Load(claim) is { } worker && File.Exists(worker.Slide))
                    slides.Add(new(name, TruthBeside.Of(worker.Slide))
                    {
                        Origin = Path.GetFullPath(path),
                        Settings = TruthBeside.Settings(classes, rules, palette),
                        TruthByName = true,
                    });
                continue;
            }
            var file = Found(note?.Key.Slide ?? name);
            slides.Add(new(name, File.Exists(file) ? TruthBeside.Of(file) : Bare(file, name))
            {
                Origin = Path.GetFullPath(path),
                Settings = TruthBeside.Settings(classes, rules, palette, note?.Key.MppOverride),
                TruthByName = true,
                LabelMap = Output(OutputKinds.Mask, name),
                HeatMap = Output(OutputKinds.Heatmap, name),
                Outlines = Output(OutputKinds.GeoJson, name),
                Corrections = ReviewRun.FileOf(path, name) is var places && File.Exists(places) ? places : ReviewFile.BesideOf(file),
                Dice = scores.GetValueOrDefault(name)?.Where(score => score.Key != classes.FirstOrDefault()).ToDictionary(),
                Error = note?.Error ?? (File.Exists(file) ? null : $"{file}: {Gone}"),
            });
        }
        var known = slides.Select(slide => slide.Path).ToHashSet(StringComparer.Ordinal);
        slides.AddRange(Failures().Where(failure => !known.Contains(failure.Slide)).Select(failure =>
            new ViewedSlide(Path.GetFileNameWithoutExtension(failure.Slide), Bare(failure.Slide, failure.Slide))
            {
                Origin = Path.GetFullPath(path),
                Settings = TruthBeside.Settings(classes, rules, palette),
                Error = failure.Error,
            }));
        return new($"{path}: {Figures.Count(slides.Count, "slide")}", slides, Directory.Exists(FolderLock.NotesOf(path))
            && Directory.EnumerateFiles(FolderLock.NotesOf(path), "*.claim").Any(IsAtWork));
    }

    // A program that was killed leaves its claims, without a sign of life.
    private static bool IsAtWork(string claim) => File.Exists(claim) && DateTime.UtcNow - File.GetLastWriteTimeUtc(claim) < SlideClaim.Lifetime;

    private static ManifestRow Bare(string file, string name) => new(file, null, null, null, name, null);

    // What is written is noted when all of it is; of results without notes the files tell.
    private SortedSet<string> Names()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        var places = OutputKinds.All.Select(kind => (Folder: Path.Combine(path, kind.Folder), Ending: kind.Extension));
        foreach (var (folder, ending) in places.Prepend((FolderLock.NotesOf(path), ".json")))
            if (Directory.Exists(folder))
                names.UnionWith(Directory.EnumerateFiles(folder, "*" + ending).Where(file => !Leftovers.Is(file))
                    .Select(file => Path.GetFileName(file)[..^ending.Length]));
        return names;
    }

    private string? Output(OutputKind kind, string name) => Path.Combine(path, kind.RelativePath(name)) is var file && File.Exists(file) ? file : null;

    private string Found(string slide) => File.Exists(slide) ? slide
        : elsewhere.GetValueOrDefault(Path.GetFileName(slide)) ?? elsewhere.GetValueOrDefault(Path.GetFileNameWithoutExtension(slide)) ?? slide;

    // Of the newest run that has begun; and which groups of annotations its model was trained on as which class, if the run folder is still there.
    private (IReadOnlyList<string> Names, IReadOnlyList<ClassRule> Rules, ClassPalette Palette) Classes()
    {
        foreach (var file in Directory.EnumerateFiles(path, "*.json").Where(file => RunMetadata.IsFileName(Path.GetFileName(file)))
            .OrderByDescending(File.GetLastWriteTimeUtc))
        {
            try
            {
                using var record = JsonDocument.Parse(InputFile.ReadAllBytes(file));
                if (record.RootElement.TryGetProperty("model", out var model) && model.TryGetProperty("class_names", out var names))
                {
                    IReadOnlyList<string> classes = [.. names.EnumerateArray().Select(name => name.GetString() ?? "")];
                    var colours = model.TryGetProperty("class_colours", out var own) ? own.Deserialize<Dictionary<string, string>>() : null;
                    return (classes, model.TryGetProperty("folder", out var folder) ? RunSlides.RulesOf(folder.GetString() ?? "", classes) : [],
                        ClassPalette.Of(classes, colours));
                }
            }
            catch (Exception error) when (error is JsonException or InvalidOperationException || FileTrouble.Is(error))
            {
                // An older one may tell.
            }
        }
        return ([], [], ClassPalette.Usual);
    }

    private IEnumerable<(string Slide, string Error)> Failures()
    {
        var file = Path.Combine(path, "failures.csv");
        if (!File.Exists(file))
            return [];
        try
        {
            return [.. new ManifestCsv(file, ["slide", "error"], null).Rows.Select(row => (row.Field("slide") ?? "", row.Field("error") ?? "failed"))];
        }
        catch (SlideError)
        {
            return [];
        }
    }
}
