using Histoseg.Slides.Tiff;

namespace Histoseg.Slides.Vips;

/// <summary>A page or sub-directory of a TIFF by its numbers.</summary>
internal readonly record struct TiffPlace(int Page, int? SubDirectory);

/// <summary>One level of a plain TIFF.</summary>
/// <param name="Page">What it is like.</param>
/// <param name="Planes">Where it lies: one place, or one for each of red, green and blue.</param>
internal sealed record TiffLevel(TiffPage Page, IReadOnlyList<TiffPlace> Planes);

/// <summary>Tells which pages of a plain TIFF are one picture and its smaller levels; what is left out is never part of the picture.</summary>
internal static class TiffLevels
{
    /// <summary>The levels, largest first.</summary>
    /// <exception cref="SlideError">It holds several pictures, or channels that are no colours.</exception>
    public static IReadOnlyList<TiffLevel> Of(string path, TiffStructure tiff)
    {
        var first = tiff.Pages[0];
        var planes = Enumerable.Range(0, tiff.Pages.Count)
            .Where(i => i == 0 || !tiff.Pages[i].IsReduced && (tiff.Pages[i].Width, tiff.Pages[i].Height) == (first.Width, first.Height)).ToList();
        RequireOnePicture(path, tiff, planes.Count);
        RequireColours(path, first, planes.Count);
        var levels = new List<TiffLevel> { new(first, [.. planes.Select(page => new TiffPlace(page, null))]) };
        if (first.Tiles is null)
            return levels;
        var smaller = first.SubDirectories.Count > 0
            ? first.SubDirectories.Select((page, i) => new TiffLevel(page, [.. planes.Select(plane => new TiffPlace(plane, i))]))
            : tiff.Pages.Select((page, i) => new TiffLevel(page, [new(i, null)])).Skip(planes.Count > 1 ? tiff.Pages.Count : 1);
        foreach (var level in smaller)
            if (IsLevel(level, levels[^1].Page) && level.Planes.All(plane => Has(tiff, plane, level.Page)))
                levels.Add(level);
        return levels;
    }

    private static bool IsLevel(TiffLevel level, TiffPage larger) =>
        level.Page is { Tiles: not null, Width: > 0 and <= int.MaxValue, Height: > 0 and <= int.MaxValue }
            && (level.Page.Samples, level.Page.Bits) == (larger.Samples, larger.Bits)
            && larger is { Width: > 0 and <= int.MaxValue, Height: > 0 and <= int.MaxValue }
            && PyramidLevels.IsReduced(new((int)larger.Width, (int)larger.Height, 1), (int)level.Page.Width, (int)level.Page.Height);

    private static bool Has(TiffStructure tiff, TiffPlace place, TiffPage like) =>
        place.SubDirectory is not { } i || i < tiff.Pages[place.Page].SubDirectories.Count
            && tiff.Pages[place.Page].SubDirectories[i] is var page && (page.Width, page.Height) == (like.Width, like.Height);

    private static void RequireOnePicture(string path, TiffStructure tiff, int pages)
    {
        var text = tiff.Description;
        if (text.Planes > 1)
            throw new SlideError($"{path}: {text.Program} tells of {text.Planes} focal planes or times; export the one that is meant to a file of its own");
        if (pages == 1 && text.Channels == 1)
            return;
        if (text.Channels != pages)
            throw new SlideError(text.Channels == 1
                ? $"{path}: the file holds {pages} pictures of one size and does not say that they are one picture's colours; "
                    + "export the one that is meant to a file of its own"
                : $"{path}: {text.Program} tells of {text.Channels} channels and the file holds {pages}; export it again as an RGB picture");
        if (pages != 3 || tiff.Pages[0].Samples != 1)
            throw NoColours(path, Figures.Text($"{pages} channels, as {text.Program} tells,"));
    }

    private static void RequireColours(string path, TiffPage page, int planes)
    {
        var extra = page.Samples - (page.ColourSamples ?? page.Samples) - (page.HasAlpha ? 1 : 0);
        // An RGB picture's samples beyond its colours may be anything and are left out; grey with two more is no colour picture.
        if (page.ColourSamples == 1 && extra > 0 || page.ColourSamples is null && page.Samples is not (1 or 3) || planes > 1 && page.Samples > 1)
            throw NoColours(path, Figures.Text($"{page.Samples} channels of no stated colour,"));
        if (!page.IsUnsigned && !page.IsFloat)
            throw new SlideError($"{path}: its samples are signed or complex numbers, which are no colours; export it as an RGB picture of 8 bits");
    }

    private static SlideError NoColours(string path, string what) =>
        new($"{path}: a picture of {what} is no RGB picture, such as one of stained tissue in transmitted light; export it as one");
}
