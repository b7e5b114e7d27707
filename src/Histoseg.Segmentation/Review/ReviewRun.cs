using System.Globalization;
using Histoseg.Segmentation.Inference;
using Histoseg.Slides;
using Histoseg.Slides.Labels;
using Histoseg.Slides.Opening;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Review;

/// <summary>What is to be reviewed.</summary>
/// <param name="Folder">An output folder of inference, with label maps.</param>
/// <param name="Count">The most places, at least 1.</param>
/// <param name="SideUm">Side of a place, µm.</param>
/// <param name="Against">Another output folder with the same slides at the same scale, such as one made with --tta; null: none.</param>
/// <param name="Views">Looks at places from all sides; null: nobody does.</param>
internal sealed record ReviewRequest(string Folder, int Count, double SideUm, string? Against = null, TurnedViews? Views = null)
{
    /// <summary>Of each place that is wanted so many are looked at from all sides.</summary>
    public const int ViewedPerPlace = 3;
}

/// <summary>A slide with places.</summary>
/// <param name="Slide">The slide's path.</param>
/// <param name="File">The file with its places.</param>
/// <param name="Mpp">µm per level-0 pixel where that was given to inference; null: the slide tells it.</param>
/// <param name="Places">How many it has; 0: it was corrected before, beside the slide.</param>
internal sealed record ReviewedSlide(string Slide, string File, double? Mpp, int Places);

/// <summary>What came of it.</summary>
/// <param name="Folder">Where the files lie.</param>
/// <param name="Model">The model folder of the newest run.</param>
/// <param name="Slides">The slides with places.</param>
/// <param name="Notes">What could not be looked at, in a line each.</param>
internal sealed record ReviewResult(string Folder, string Model, IReadOnlyList<ReviewedSlide> Slides, IReadOnlyList<string> Notes);

/// <summary>Chooses the places of an output folder where a correction teaches most, and writes them down for QuPath.</summary>
internal static class ReviewRun
{
    /// <summary>The folder, in the output folder, of files to be corrected.</summary>
    public const string FolderName = "review";

    private const string Table = "places.csv";

    /// <summary>The file of a slide's places.</summary>
    /// <param name="folder">The output folder.</param>
    /// <param name="name">The name of its outputs.</param>
    public static string FileOf(string folder, string name) => Path.Combine(folder, FolderName, name + ".geojson");

    private const double AgainShare = 0.8;

    /// <summary>Chooses and writes.</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="cancel">Stops between slides.</param>
    /// <exception cref="ConfigError">The folder has no results, or none that tell anything.</exception>
    /// <exception cref="WriteError">The files cannot be written.</exception>
    public static ReviewResult Do(ReviewRequest request, CancellationToken cancel)
    {
        if (request.Against is { } against && !Directory.Exists(against))
            throw new ConfigError($"{against}: no such folder; give the output folder of another run");
        var model = RunMetadata.FilesIn(request.Folder).Select(RunRecord.Load).LastOrDefault(run => run?.Model is not null)?.Model
            ?? throw new ConfigError($"{request.Folder}: no results of engine infer; give the folder that it was given with -o");
        var target = Path.Combine(request.Folder, FolderName);
        if (Directory.Exists(target) && Directory.EnumerateFiles(target, "*.geojson").FirstOrDefault() is { } corrected)
            throw new ConfigError($"{corrected}: there are places already, which somebody may have corrected; move the folder {target} away first");
        var (found, written, notes) = (new List<Found>(), new List<ReviewedSlide>(), new List<string>());
        foreach (var note in Directory.EnumerateFiles(FolderLock.NotesOf(request.Folder), "*.json").Order(StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            var name = Path.GetFileNameWithoutExtension(note);
            if (DoneRecord.Load(request.Folder, name) is not { } record)
                continue;
            // The viewer would show the places instead, and what was done would be out of sight.
            if (ReviewFile.BesideOf(record.Key.Slide) is var beside && File.Exists(beside))
            {
                written.Add(new(record.Key.Slide, beside, record.Key.MppOverride, 0));
                continue;
            }
            try
            {
                found.AddRange(Search(request, name, record));
            }
            catch (SlideError error)
            {
                notes.Add($"{name}: {error.Message}");
            }
        }
        if (request.Views is { } views)
            found = Viewed(Best(found, ReviewRequest.ViewedPerPlace * request.Count), model, views, notes, cancel);
        var chosen = Best(found, request.Count);
        if (chosen.Count == 0 && written.Count == 0)
            throw new ConfigError(request.Folder + (notes.Count > 0 ? $": no slide can be looked at: {notes[0]}" : ": no place is doubtful"));
        foreach (var own in chosen.GroupBy(one => one.Name))
        {
            cancel.ThrowIfCancellationRequested();
            var (file, record) = (FileOf(request.Folder, own.Key), own.First().Record);
            try
            {
                WritePlaces(request.Folder, own.Key, file, [.. own.Select(one => one.Place)], record, model);
                written.Add(new(record.Key.Slide, file, record.Key.MppOverride, own.Count()));
            }
            catch (SlideError error)
            {
                notes.Add(error.Message);
            }
        }
        if (written.Count == 0)
            throw new ConfigError($"{request.Folder}: no slide can be looked at: {notes[0]}");
        WholeFile.WriteText(Path.Combine(target, Table), TableOf([.. chosen.Where(one => written.Any(slide => slide.Slide == one.Record.Key.Slide))]));
        return new(target, model.Folder, written, notes);
    }

    private sealed record Found(string Name, DoneRecord Record, ReviewPlace Place);

    // Each further place of a slide must be the more doubtful, so that many slides are seen.
    private static List<Found> Best(IEnumerable<Found> found, int count) =>
        [.. found.GroupBy(one => one.Name).SelectMany(own => own.OrderByDescending(one => one.Place.Score).Select((one, i) => (One: one, Index: i)))
            .OrderByDescending(ranked => ranked.One.Place.Score * Math.Pow(AgainShare, ranked.Index)).Take(count).Select(ranked => ranked.One)];

    private static List<Found> Viewed(List<Found> found, InferenceModel model, TurnedViews views, List<string> notes, CancellationToken cancel)
    {
        var viewed = new List<Found>();
        foreach (var own in found.GroupBy(one => one.Name))
            try
            {
                using var slide = Open(own.First().Record, model);
                foreach (var one in own)
                {
                    cancel.ThrowIfCancellationRequested();
                    viewed.Add(one with { Place = one.Place with { Views = views.Differ(slide.View, one.Place) } });
                }
            }
            catch (SlideError error)
            {
                notes.Add(error.Message);
            }
        return viewed;
    }

    private static OpenedSlide Open(DoneRecord record, InferenceModel model) => OpenedSlide.Open(record.Key.Slide,
        new SlideSettings(new(model.ClassNames, [], [], []), TargetMpp: record.Key.MicronsPerPixel, OverrideMpp: record.Key.MppOverride));

    private static IEnumerable<Found> Search(ReviewRequest request, string name, DoneRecord record)
    {
        using var labels = new LabelPicture(Path.Combine(request.Folder, OutputKinds.Mask.RelativePath(name)), LabelPictureKind.Prediction);
        using var heat = Optional(request.Folder, OutputKinds.Heatmap, name);
        using var other = request.Against is null ? null : Optional(request.Against, OutputKinds.Mask, name)
            ?? throw new SlideError($"{request.Against} has no label map of it");
        if (heat is null && other is null)
            throw new SlideError("there is no heat map; segment with --output mask,heatmap, or give another run with --against");
        var side = (int)Math.Max(16, Math.Round(request.SideUm / record.Key.MicronsPerPixel));
        return [.. ReviewSearch.Of(labels, heat, other, side, (request.Views is null ? 1 : ReviewRequest.ViewedPerPlace) * request.Count)
            .Select(place => new Found(name, record, place))];
    }

    private static LabelPicture? Optional(string folder, OutputKind kind, string name) =>
        Path.Combine(folder, kind.RelativePath(name)) is var path && File.Exists(path) ? new(path, LabelPictureKind.Prediction) : null;

    private static void WritePlaces(string folder, string name, string file, IReadOnlyList<ReviewPlace> places, DoneRecord record, InferenceModel model)
    {
        using var labels = new LabelPicture(Path.Combine(folder, OutputKinds.Mask.RelativePath(name)), LabelPictureKind.Prediction);
        using var slide = Open(record, model);
        ReviewFile.Write(file, places, labels, model.ClassNames, model.Palette, slide.View.Downsample,
            slide.Slide.Bounds ?? new Region(0, 0, slide.Width, slide.Height));
    }

    private static string TableOf(List<Found> places) => CsvText.Of(["rank", "slide", "x", "y", "width", "height", "doubt", "differs", "views"],
        places.Select((one, i) => (string[])[Text(i + 1, "0"), one.Name, Text(one.Place.X, "0"), Text(one.Place.Y, "0"), Text(one.Place.Width, "0"),
            Text(one.Place.Height, "0"), Text(one.Place.Doubt, "0.####"), Text(one.Place.Differs, "0.####"), Text(one.Place.Views, "0.####")]));

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
