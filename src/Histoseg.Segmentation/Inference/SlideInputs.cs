using Histoseg.Slides.Opening;

namespace Histoseg.Segmentation.Inference;

/// <summary>The slides that inputs lead to.</summary>
/// <param name="Slides">Their paths, none twice.</param>
/// <param name="Unmatched">Inputs that lead to no slide, and slides and folders that cannot be looked at, with the reason.</param>
/// <param name="Notes">What was left out without harm, a line each.</param>
internal sealed record SlideInputs(IReadOnlyList<string> Slides, IReadOnlyList<(string Input, string Error)> Unmatched, IReadOnlyList<string> Notes)
{
    /// <summary>Lists slides in the order of the inputs, sorted within each folder and pattern, none twice.</summary>
    /// <param name="inputs">
    /// Files (taken whatever their extension); folders (searched to any depth for the extensions of slides and pictures, leaving out
    /// pictures named <c>*.mask.*</c> or <c>*_mask.*</c>); patterns with <c>*</c>, <c>?</c> and <c>**</c>.
    /// </param>
    /// <param name="except">A folder to leave out, such as the output folder inside the folder searched; null: none.</param>
    public static SlideInputs Find(IEnumerable<string> inputs, string? except = null)
    {
        var (slides, unmatched, notes) = (new List<string>(), new List<(string, string)>(), new List<string>());
        var seen = new HashSet<string>(RealPath.Comparer);
        foreach (var input in inputs)
        {
            FolderSearch? search = null;
            IEnumerable<string> found = [];
            string missing;
            var told = unmatched.Count;
            if (RealPath.BrokenLink(input) is { } broken && !Directory.Exists(input))
                missing = $"{input}: {broken}";
            else if (File.Exists(input))
            {
                found = IsIn(except, input) ? [] : [input];
                missing = $"{input}: it lies in the output folder {except}, where results are not taken for slides; choose another one";
            }
            else if (Directory.Exists(input))
            {
                search = new(input, null, HasSlideExtension, except);
                (found, var left) = FolderContent.Sort(input, search.Files);
                notes.AddRange(left.Notes);
                unmatched.AddRange(left.Unread);
                missing = IsIn(except, input)
                    ? $"{input}: its slides lie in the output folder {except}, where results are not taken for slides; choose another output folder"
                    : $"{input}: no slides in this folder ({string.Join(' ', SlideFile.Extensions)})";
            }
            else if (input.AsSpan().ContainsAny('*', '?'))
            {
                var pattern = new InputPattern(input);
                search = pattern.Search(except);
                found = search?.Files.Where(pattern.Takes) ?? [];
                missing = $"{input}: no file matches this pattern";
            }
            else
                missing = $"{input}: no such file or folder";

            var usable = found.ToList();
            if (search is not null)
            {
                unmatched.AddRange(search.Failures);
                if (search.LeftOut.Count > 0)
                    notes.Add($"{input}: results of earlier runs are not taken for slides ({Figures.FirstOf(search.LeftOut)}); "
                        + "to segment such a folder, name it as an input");
            }
            if (usable.Count == 0 && unmatched.Count == told)
                unmatched.Add((input, missing));
            slides.AddRange(usable.Where(path => seen.Add(Path.GetFullPath(path))));
        }
        return new(slides, unmatched, notes);
    }

    /// <summary>Whether a file has the extension of a slide or picture.</summary>
    internal static bool HasSlideExtension(string path) => SlideFile.Extensions.Contains(Path.GetExtension(path));

    private static bool IsIn(string? folder, string file) =>
        folder is not null && FolderSearch.IsIn(RealPath.Of(folder), RealPath.Of(file), OperatingSystem.IsWindows());
}
