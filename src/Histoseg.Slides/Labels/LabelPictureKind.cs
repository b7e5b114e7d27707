using NetVips;

namespace Histoseg.Slides.Labels;

/// <summary>
/// Turns a picture into one channel of 8 bits. Whatever <paramref name="image"/> is afterwards, also where it cannot be done, is the caller's to dispose.
/// </summary>
/// <exception cref="SlideError">It cannot be taken for labels.</exception>
internal delegate void MakeLabels(string path, ref Image image);

/// <summary>What a picture of labels is to its user: what is made of the file, and how trouble with it is told.</summary>
/// <param name="MakeLabels">Makes labels of a level.</param>
/// <param name="HasLevels">Whether smaller pages are levels; else only the first page is looked at.</param>
/// <param name="Missing">What to say where there is no such file.</param>
/// <param name="Unreadable">What to say where it cannot be read, given why.</param>
internal sealed record LabelPictureKind(MakeLabels MakeLabels, bool HasLevels, string Missing, Func<string, string> Unreadable)
{
    /// <summary>A label or heat map that inference wrote.</summary>
    public static LabelPictureKind Prediction { get; } =
        new(RequireLabels, HasLevels: true, "no such label map", reason => $"the label map cannot be read ({reason}); segment the slide again");

    /// <summary>A mask that somebody made: also one saved in grey of three channels, with a grey palette, transparency or more bits than it needs.</summary>
    public static LabelPictureKind Mask { get; } =
        new(GreyPicture.Make, HasLevels: false, "the mask does not exist", reason => $"the mask cannot be read: {reason}");

    private static void RequireLabels(string path, ref Image image)
    {
        if (image.Bands != 1 || image.Format != Enums.BandFormat.Uchar)
            throw new SlideError($"{path}: not a label map: it has {image.Bands} channels of {image.Format} where one of 8 bits is expected");
    }
}
