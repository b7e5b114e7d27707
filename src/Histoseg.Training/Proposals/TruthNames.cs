using Histoseg.Slides.Opening;

namespace Histoseg.Training.Proposals;

/// <summary>What files that tell the truth about a slide are called, and whose they are by their names.</summary>
internal static class TruthNames
{
    private static readonly string[] Packed = [".gz", ".zip"];
    private static readonly string[] Pictures = [".png", ".tif", ".tiff"];
    private static readonly char[] Separators = ['_', '-', '.', ' '];

    // Beside the slide's own name: a_mask.png, labels-a.tif, a_anno.bmp.png, a.annotations.xml.
    private static readonly HashSet<string> TruthWords = new(
        ["mask", "masks", "anno", "annotation", "annotations", "label", "labels", "gt", "truth", "groundtruth", "ground", "seg", "segmentation", "polygons",
            "regions", "rois", "qupath", "asap", "halo", "imagescope", "geojson"],
        StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> SlideWords = new(["image", "img", "slide", "picture", "wsi", "he"], StringComparer.OrdinalIgnoreCase);

    private static readonly HashSet<string> NormalWords = new(["normal", "negative", "healthy"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The kind of a file by its name; null: it is none that tells a truth.</summary>
    public static TruthKind? KindOf(string path)
    {
        var extension = Path.GetExtension(Unpacked(path)).ToLowerInvariant();
        return extension == ".xml" ? TruthKind.Xml
            : extension is ".geojson" or ".json" || IsPacked(path) ? TruthKind.Json
            : Pictures.Contains(extension) ? TruthKind.Mask
            : null;
    }

    /// <summary>Whether a name, of a file or a folder, says that masks are meant.</summary>
    public static bool SaysMask(string name) => Words(name).Any(TruthWords.Contains);

    /// <summary>Whether a slide's name or its folder's says that there is nothing to annotate on it.</summary>
    public static bool SaysNormal(string slide) => Words(Path.GetFileNameWithoutExtension(slide))
        .Concat(Words(Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(slide))) ?? "")).Any(NormalWords.Contains);

    /// <summary>What is left of a folder's or file's name without the words that say that it is a truth; empty: nothing.</summary>
    public static string Subject(string name) => string.Join(' ', Words(name).Where(word => !TruthWords.Contains(word) && !word.All(char.IsAsciiDigit)));

    /// <summary>Gives each truth to the slide it is named after.</summary>
    /// <param name="slides">Slides.</param>
    /// <param name="truths">Files of a <see cref="KindOf"/>.</param>
    /// <returns>For each truth its slide; null where there is none, or two are equally near.</returns>
    public static IReadOnlyList<(string Truth, string? Slide)> Pair(IReadOnlyList<string> slides, IReadOnlyList<string> truths)
    {
        var exact = slides.ToLookup(Stem, StringComparer.OrdinalIgnoreCase);
        var bare = slides.ToLookup(slide => Trimmed(Stem(slide), SlideWords), StringComparer.OrdinalIgnoreCase);
        return [.. truths.Select(truth => (truth, Nearest(truth, Candidates(Stem(truth)))))];

        IEnumerable<string> Candidates(string stem)
        {
            var trimmed = Trimmed(stem, TruthWords);
            return new[] { exact[stem], exact[trimmed], bare[trimmed] }.FirstOrDefault(found => found.Any()) ?? [];
        }
    }

    // A name without what says how the file is packed and written: s.svs.geojson.gz is of s.
    private static string Stem(string path)
    {
        var name = Path.GetFileName(Unpacked(path));
        var stem = Path.GetFileNameWithoutExtension(name);
        return SlideFile.Extensions.Contains(Path.GetExtension(stem)) && stem.Length > Path.GetExtension(stem).Length
            ? Path.GetFileNameWithoutExtension(stem) : stem;
    }

    private static string Unpacked(string path) => IsPacked(path) ? path[..^Path.GetExtension(path).Length] : path;

    private static bool IsPacked(string path) => Packed.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    private static string Trimmed(string stem, HashSet<string> words)
    {
        while (true)
        {
            var shorter = WithoutFirst(WithoutLast(stem, words), words);
            if (shorter == stem)
                return stem;
            stem = shorter;
        }
    }

    private static string WithoutLast(string stem, HashSet<string> words) =>
        stem.LastIndexOfAny(Separators) is > 0 and var at && words.Contains(stem[(at + 1)..]) ? stem[..at] : stem;

    private static string WithoutFirst(string stem, HashSet<string> words) =>
        stem.IndexOfAny(Separators) is > 0 and var at && at < stem.Length - 1 && words.Contains(stem[..at]) ? stem[(at + 1)..] : stem;

    private static string[] Words(string name) => name.Split(Separators, StringSplitOptions.RemoveEmptyEntries);

    private static string? Nearest(string truth, IEnumerable<string> slides)
    {
        var ranked = slides.GroupBy(slide => InCommon(slide, truth)).MaxBy(group => group.Key)?.ToList();
        return ranked is [var nearest] ? nearest : null;
    }

    // How far two paths go together, in folders from the root.
    private static int InCommon(string one, string other)
    {
        var (a, b) = (Path.GetFullPath(one).Split(Path.DirectorySeparatorChar), Path.GetFullPath(other).Split(Path.DirectorySeparatorChar));
        return a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
    }
}
