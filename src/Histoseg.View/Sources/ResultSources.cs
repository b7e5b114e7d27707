using Histoseg.Segmentation.Inference;
using Histoseg.Slides;

namespace Histoseg.View.Sources;

/// <summary>Tells what is given to a viewer apart: output folders, run folders, slides.</summary>
internal static class ResultSources
{
    /// <summary>The sources of inputs, in their order; slides count as one.</summary>
    /// <param name="inputs">At least one.</param>
    /// <exception cref="SlideError">There is no such file or folder, or nothing in it can be shown.</exception>
    public static IReadOnlyList<IResultSource> Of(IReadOnlyList<string> inputs)
    {
        var (folders, slides) = (inputs.Where(IsFolderOfResults).ToList(), inputs.Where(input => !IsFolderOfResults(input)).ToList());
        var elsewhere = folders.Any(InferredSlides.Is) && slides.Count > 0 ? ByName(SlideInputs.Find(slides).Slides) : [];
        List<IResultSource> sources =
            [.. folders.Select<string, IResultSource>(folder => RunSlides.Is(folder) ? new RunSlides(folder) : new InferredSlides(folder, elsewhere))];
        if (slides.Count > 0)
            sources.Add(new PlainSlides(slides));
        foreach (var source in sources)
            _ = source.Read();
        return sources;
    }

    private static bool IsFolderOfResults(string input) => Directory.Exists(input) && (RunSlides.Is(input) || InferredSlides.Is(input));

    private static Dictionary<string, string> ByName(IReadOnlyList<string> slides)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var slide in slides)
        {
            names.TryAdd(Path.GetFileName(slide), slide);
            names.TryAdd(Path.GetFileNameWithoutExtension(slide), slide);
        }
        return names;
    }
}
