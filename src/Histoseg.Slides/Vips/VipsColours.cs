using Histoseg.Slides.Tiff;
using NetVips;

namespace Histoseg.Slides.Vips;

/// <summary>Makes any picture one of red, green and blue with 8 bits each, transparent parts over white.</summary>
internal static class VipsColours
{
    /// <summary>The sample that is white, and where that figure is from.</summary>
    /// <param name="White">The largest value of a sample.</param>
    /// <param name="Note">What has to be told of it; null: nothing.</param>
    private sealed record SampleRange(double White, string? Note);

    /// <summary>What is assumed of samples of more than 8 bits, in words; null: nothing is.</summary>
    /// <exception cref="SlideError">Nothing tells how large samples are.</exception>
    public static string? Note(string path, Image image, TiffStructure? tiff) => RangeOf(path, image, tiff)?.Note;

    /// <summary>Takes <paramref name="image"/> over.</summary>
    /// <param name="path">For errors.</param>
    /// <param name="image">The picture as it is decoded.</param>
    /// <param name="tiff">What a TIFF says of its samples; null: it is none.</param>
    public static Image ToRgb(string path, Image image, TiffStructure? tiff)
    {
        var page = tiff?.Pages[0];
        if (page?.ColourSamples is { } colours && image.Bands == page.Samples)
        {
            var kept = colours + (page.HasAlpha ? 1 : 0);
            if (image.Bands > kept)
                image = VipsSlide.Then(image, image.ExtractBand(0, n: kept));
        }
        if (RangeOf(path, image, tiff) is { } range)
            image = VipsSlide.Then(image, ToBytes(image, range.White));
        if (image.Interpretation is not (Enums.Interpretation.Srgb or Enums.Interpretation.Rgb))
            image = VipsSlide.Then(image, image.Colourspace(Enums.Interpretation.Srgb));
        if (image.Bands is 2 or 4)
            image = VipsSlide.Then(image, image.Flatten(background: [255]));
        if (image.Bands == 1)
            image = VipsSlide.Then(image, image.Bandjoin(image, image));
        if (image.Format != Enums.BandFormat.Uchar)
            image = VipsSlide.Then(image, image.Cast(Enums.BandFormat.Uchar));
        return image;
    }

    // Null: the samples are bytes already, or of a colour space with a range of its own.
    private static SampleRange? RangeOf(string path, Image image, TiffStructure? tiff)
    {
        var told = tiff?.Description.UsedBits is { } bits ? Math.Pow(2, bits) - 1 : tiff?.Pages[0].LargestSample;
        switch (image.Format)
        {
            case Enums.BandFormat.Ushort:
                return told is > byte.MaxValue and <= ushort.MaxValue ? new(told.Value, Told("16-bit samples", told.Value))
                    : new(ushort.MaxValue, tiff is null ? null
                    : $"{path}: 16-bit samples: 65535 is taken for white, for the file does not tell how many bits are used");
            case Enums.BandFormat.Uint:
                return told is > ushort.MaxValue ? new(told.Value, Told("32-bit samples", told.Value)) : throw NoRange("32-bit whole numbers");
            case Enums.BandFormat.Float or Enums.BandFormat.Double when image.Interpretation is not (Enums.Interpretation.Lab or Enums.Interpretation.Xyz):
                return told is > 0 ? new(told.Value, Told("fractional samples", told.Value))
                    : new(1, $"{path}: fractional samples: 1 is taken for white, for the file does not tell the largest");
            default:
                return null;
        }

        string Told(string what, double white) => Figures.Text($"{path}: {what}: {white} is taken for white, as the file tells");

        SlideError NoRange(string what) =>
            new($"{path}: its samples are {what} and the file does not tell the largest; export it as an RGB picture of 8 bits");
    }

    // Alpha has the same range as the colours.
    private static Image ToBytes(Image image, double white)
    {
        using var scaled = image.Linear([255 / white], [0.5]);
        using var bytes = scaled.Cast(Enums.BandFormat.Uchar); // cuts fractions off, and what lies beyond 0…255
        return bytes.Copy(interpretation: image.Bands >= 3 ? Enums.Interpretation.Srgb : Enums.Interpretation.Bw);
    }
}
