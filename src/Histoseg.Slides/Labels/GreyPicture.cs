using Histoseg.Slides.Vips;
using NetVips;

namespace Histoseg.Slides.Labels;

/// <summary>Makes one 8-bit channel of a mask. A grey picture saved as RGB (or with a grey palette) is still a mask; a coloured one is not.</summary>
internal static class GreyPicture
{
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
            throw new SlideError($"{path}: the mask has {image.Bands} channels; a mask has one with a label in each pixel");
        if (image.Format == Enums.BandFormat.Uchar)
            return;
        if (image.Format is Enums.BandFormat.Float or Enums.BandFormat.Double or Enums.BandFormat.Complex or Enums.BandFormat.Dpcomplex)
            throw new SlideError($"{path}: the mask's pixels are not whole numbers");
        if (image.Min() < 0 || image.Max() > byte.MaxValue)
            throw new SlideError($"{path}: the mask has values outside 0…255");
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
