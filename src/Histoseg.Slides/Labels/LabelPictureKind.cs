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
/// <param name="RequireKind">Refuses a file whose numbers would not be what its maker stored; null: nothing is refused.</param>
/// <param name="Missing">What to say where there is no such file.</param>
/// <param name="Unreadable">What to say where it cannot be read.</param>
internal sealed record LabelPictureKind(
    MakeLabels MakeLabels, bool HasLevels, Action<string, StoredTiff?>? RequireKind, string Missing, string Unreadable)
{
    /// <summary>A label or heat map that inference wrote.</summary>
    public static LabelPictureKind Prediction { get; } =
        new(RequireLabels, HasLevels: true, null, "no such label map", "the label map cannot be read (it is damaged or cut short); segment the slide again");

    /// <summary>
    /// A mask that somebody made, PNG or TIFF: also one of 1 bit, with a palette (its indices count), saved in grey of three channels, with transparency or
    /// more bits than it needs.
    /// </summary>
    public static LabelPictureKind Mask { get; } = new(GreyPicture.Make, HasLevels: false, GreyPicture.RequireKind, "the mask does not exist",
        "the mask cannot be read: it is damaged, cut short or packed in a way that is not known; save it as PNG or TIFF of 8-bit grey");

    private static void RequireLabels(string path, ref Image image)
    {
        if (image.Bands != 1 || image.Format != Enums.BandFormat.Uchar)
            throw new SlideError($"{path}: not a label map: it has {image.Bands} channels of {image.Format} where one of 8 bits is expected");
    }
}
