using System.Globalization;
using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Synthesis;

/// <summary>
/// Draws slides that look like haematoxylin-and-eosin sections: stroma, glands, tumour nests, lymphocytes, fat and glass. The same seed gives the same
/// slide.
/// </summary>
/// <remarks>
/// Nuclei and cytoplasm of tumour, glands and lymphocytes take their stain from the same distributions: size, crowding and arrangement tell the classes
/// apart, colour does not.
/// </remarks>
public static class SlideSynthesiser
{
    /// <summary>The least width and height, pixels.</summary>
    public const int LeastSide = 128;

    /// <summary>The greatest width and height, pixels; the picture is drawn in memory.</summary>
    public const int GreatestSide = 16384;

    /// <summary>Draws a slide in memory.</summary>
    /// <param name="seed">Which slide.</param>
    /// <param name="width">Width in pixels, <see cref="LeastSide"/>…<see cref="GreatestSide"/>.</param>
    /// <param name="height">Height in pixels, likewise.</param>
    /// <param name="mpp">µm per pixel, 0.1…4.</param>
    /// <exception cref="SlideError">A size or scale outside its range.</exception>
    internal static SyntheticSlide Draw(ulong seed, int width = 3072, int height = 3072, double mpp = 0.5)
    {
        if (width is < LeastSide or > GreatestSide || height is < LeastSide or > GreatestSide)
            throw new SlideError(string.Create(CultureInfo.InvariantCulture, $"a synthetic slide of {width}×{height} pixels cannot be drawn; "
                + $"each side must be {LeastSide}…{GreatestSide}"));
        if (!(mpp is >= 0.1 and <= 4))
            throw new SlideError(FormattableString.Invariant($"a synthetic slide at {mpp} µm per pixel cannot be drawn; the scale must be 0.1…4"));
        var random = new CounterRandom(seed);
        var stains = new StainProfile(ref random);
        var layout = new TissueLayout(width * mpp, height * mpp, seed);
        return new SyntheticSlide(width, height, mpp, new SlideRenderer(layout, stains, mpp, random.NextBits()).Draw(width, height), layout);
    }

    /// <summary>
    /// Draws a slide and writes it as <c>name.tif</c> (tiled pyramidal JPEG TIFF with resolution tags) and <c>name.xml</c> (ASAP annotation, groups
    /// <c>tumor</c> and <c>exclusion</c>).
    /// </summary>
    /// <param name="folder">Where to; made if absent.</param>
    /// <param name="name">File name without extension.</param>
    /// <param name="seed">Which slide.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="mpp">µm per pixel.</param>
    /// <returns>The slide as drawn.</returns>
    /// <exception cref="SlideError">A value outside its range.</exception>
    /// <exception cref="WriteError">The folder cannot be written.</exception>
    internal static SyntheticSlide Write(string folder, string name, ulong seed, int width = 3072, int height = 3072, double mpp = 0.5)
    {
        var slide = Draw(seed, width, height, mpp);
        SyntheticFiles.WritePicture(slide, Path.Combine(folder, name + ".tif"));
        SyntheticFiles.WriteAnnotation(slide, Path.Combine(folder, name + ".xml"));
        return slide;
    }

    /// <summary>Writes a set of slides <c>synth_000</c>, <c>synth_001</c>… with a <c>manifest.csv</c>; every slide is a patient of its own.</summary>
    /// <param name="folder">Where to; made if absent.</param>
    /// <param name="train">How many slides to train on.</param>
    /// <param name="val">How many to validate on.</param>
    /// <param name="test">How many to test on.</param>
    /// <param name="seed">Which set.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="mpp">µm per pixel.</param>
    /// <param name="drawn">Told after each slide how many are done.</param>
    /// <returns>Path of the manifest.</returns>
    /// <exception cref="SlideError">A value outside its range.</exception>
    /// <exception cref="WriteError">The folder cannot be written.</exception>
    public static string WriteSet(
        string folder, int train, int val, int test, ulong seed, int width = 3072, int height = 3072, double mpp = 0.5, Action<int>? drawn = null)
    {
        string[] splits = [.. Enumerable.Repeat("train", train), .. Enumerable.Repeat("val", val), .. Enumerable.Repeat("test", test)];
        var rows = new List<string> { "slide,annotation,mask,split,patient,mpp" };
        for (var i = 0; i < splits.Length; i++)
        {
            var name = FormattableString.Invariant($"synth_{i:000}");
            Write(folder, name, CounterRandom.Mix(seed) + (ulong)i, width, height, mpp);
            rows.Add(FormattableString.Invariant($"{name}.tif,{name}.xml,,{splits[i]},patient_{i:000},"));
            drawn?.Invoke(i + 1);
        }
        var manifest = Path.Combine(folder, "manifest.csv");
        WholeFile.WriteText(manifest, string.Join('\n', rows) + "\n");
        return manifest;
    }
}
