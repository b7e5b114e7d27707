using System.Globalization;
using Histoseg.Slides.Vips;
using NetVips;

namespace Histoseg.Slides.Labels;

/// <summary>Makes one 8-bit channel of a mask. A grey picture saved as RGB (or with a grey palette) is still a mask; a coloured one is not.</summary>
internal static class GreyPicture
{
    /// <summary>Refuses a mask whose numbers are not those its maker stored, or not to be told apart from others.</summary>
    /// <exception cref="SlideError">
    /// The file is neither PNG nor TIFF, or a TIFF of several channels, several pages, a lossy compression or no whole numbers.
    /// </exception>
    public static void RequireKind(string path, StoredTiff? tiff)
    {
        const string remedy = "save it as PNG or TIFF of 8-bit grey";
        var trouble = tiff switch
        {
            null => IsPng(path) ? null : "the mask is neither PNG nor TIFF; other kinds of pictures change numbers when they are saved",
            { Channels: not (1 or 3) } => $"the mask has {tiff.Channels} channels; a mask has one channel with a label in each pixel",
            { Planes: > 1 } => $"the mask has {tiff.Planes} pages of one size; a mask has one, with one channel",
            { IsLossy: true } => "the mask is compressed by JPEG, which changes its numbers",
            { Format: 3 or 5 or 6 } => "the mask's pixels are not whole numbers",
            { Bits: not (1 or 2 or 4 or 8 or 16 or 32) } => $"the mask's pixels have {tiff.Bits} bits",
            _ => null,
        };
        if (trouble is not null)
            throw new SlideError($"{path}: {trouble}; {remedy}");
    }

    private static bool IsPng(string path)
    {
        try
        {
            using var file = InputFile.Open(path);
            Span<byte> head = stackalloc byte[8];
            return file.ReadAtLeast(head, 8, throwOnEndOfStream: false) == 8 && StoredPng.IsPng(head);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new SlideError($"{path}: cannot be read: {FileTrouble.InWords(e)}", e);
        }
    }

    /// <summary>As <see cref="MakeLabels"/> says.</summary>
    /// <exception cref="SlideError">The picture has colours, several channels, fractions or values outside 0…255.</exception>
    public static void Make(string path, ref Image image)
    {
        if (image.HasAlpha())
            image = VipsSlide.Then(image, image.ExtractBand(0, n: image.Bands - 1));
        if (image.Bands == 3)
        {
            if (IsColoured(image))
                throw new SlideError($"{path}: the mask is a colour picture; a mask has one channel with a label in each pixel");
            image = VipsSlide.Then(image, image[0]);
        }
        if (image.Bands != 1)
            throw new SlideError($"{path}: the mask has {image.Bands} channels; a mask has one channel with a label in each pixel");
        if (image.Format == Enums.BandFormat.Uchar)
            return;
        if (image.Format is Enums.BandFormat.Float or Enums.BandFormat.Double or Enums.BandFormat.Complex or Enums.BandFormat.Dpcomplex)
            throw new SlideError($"{path}: the mask's pixels are not whole numbers; save it as PNG or TIFF of 8-bit grey");
        var (least, most) = (image.Min(), image.Max());
        if (least < 0 || most > byte.MaxValue)
            throw new SlideError(string.Create(CultureInfo.InvariantCulture,
                $"{path}: the mask has the value {(least < 0 ? least : most)}; labels are 0…255: number its classes anew and save it as 8-bit grey"));
        image = VipsSlide.Then(image, image.Cast(Enums.BandFormat.Uchar));
    }

    private static bool IsColoured(Image image)
    {
        using Image red = image[0], green = image[1], blue = image[2];
        using Image first = red - green, second = green - blue;
        using Image differs = first.NotEqual(0), too = second.NotEqual(0);
        using var either = differs | too;
        return either.Max() > 0;
    }
}
