using System.Globalization;

namespace Histoseg.Slides;

/// <summary>The colours of tissue: how much it absorbs of red, green and blue light.</summary>
/// <param name="MeanDensity">Mean optical density −ln((v + 1)/256) of red, green and blue over the pixels that are not white; H&amp;E has about 0.3, 0.9 and
/// 0.3.</param>
public sealed record ColourStatistics(IReadOnlyList<double> MeanDensity)
{
    // Slides of one laboratory differ by 5°, of several by up to 17°; grey pictures, brown (DAB) and fluorescence are 25° and more away from H&E.
    private const double MostDegrees = 20, MostDegreesFromStain = 25;

    // Of the slides of one set the palest and the strongest are within 1.8 of the median.
    private const double MostRatio = 2.5;

    // Density at which not a seventh of the light comes through, in every colour: no stain, but a black background.
    private const double Dark = 2;

    private const int LargestWhole = 2048, Pieces = 8, PieceSide = 128;

    // Mean densities of H&E, from GlaS, TCGA and OpenSlide's CMU-1.
    private static readonly ColourStatistics Stain = new([0.32, 0.87, 0.37]);

    private static readonly double[] Density = [.. Enumerable.Range(0, 256).Select(value => -Math.Log((value + 1) / 256.0))];

    /// <summary>The colours of a slide: of its coarsest level, or of pieces evenly spread over that where it is large.</summary>
    /// <returns>Null where all of it is white or unreadable.</returns>
    internal static ColourStatistics? Of(ISlide slide)
    {
        var coarsest = slide.Levels.Count - 1;
        var (width, height) = (slide.Levels[coarsest].Width, slide.Levels[coarsest].Height);
        var sums = new Sums();
        if (Math.Max(width, height) <= LargestWhole)
        {
            const int band = 256;
            var rgb = new byte[width * Math.Min(band, height) * 3];
            for (var y = 0; y < height; y += band)
                Read(0, y, width, Math.Min(band, height - y), rgb);
        }
        else
        {
            var rgb = new byte[PieceSide * PieceSide * 3];
            for (var j = 0; j < Pieces; j++)
                for (var i = 0; i < Pieces; i++)
                    Read(Place(i, width), Place(j, height), PieceSide, PieceSide, rgb);
        }
        return sums.Mean;

        // Unreadable parts come as white and so are no tissue.
        void Read(long x, long y, int columns, int rows, byte[] rgb)
        {
            slide.ReadRegion(coarsest, x, y, columns, rows, rgb);
            sums.Add(rgb.AsSpan(0, columns * rows * 3));
        }
    }

    /// <summary>The median over slides, of each colour by itself.</summary>
    /// <returns>Null where there is none.</returns>
    internal static ColourStatistics? Median(IReadOnlyCollection<ColourStatistics> slides) => slides.Count == 0 ? null
        : new([.. Enumerable.Range(0, 3).Select(c => slides.Select(slide => slide.MeanDensity[c]).Order().ElementAt(slides.Count / 2))]);

    /// <summary>Whether these are the colours of something else than the slides of which others are: another stain, or no stain at all.</summary>
    internal bool IsFarFrom(ColourStatistics others) =>
        Degrees(others) > MostDegrees || Strength / others.Strength is > MostRatio or < 1 / MostRatio;

    /// <summary>What tells these colours from those of H&amp;E; null where they may be that.</summary>
    internal string? UnlikeStain =>
        MeanDensity.Min() > Dark ? "dark throughout, as fluorescence is"
        : Degrees(Stain) > MostDegreesFromStain ? "not of the colours of H&E"
        : null;

    /// <summary>The densities, for messages.</summary>
    internal string InWords() => string.Create(CultureInfo.InvariantCulture, $"{MeanDensity[0]:0.00}, {MeanDensity[1]:0.00}, {MeanDensity[2]:0.00}");

    private double Strength => Math.Sqrt(MeanDensity.Sum(density => density * density));

    private double Degrees(ColourStatistics other) =>
        Math.Acos(Math.Clamp(MeanDensity.Zip(other.MeanDensity, (a, b) => a * b).Sum() / (Strength * other.Strength), -1, 1)) * 180 / Math.PI;

    private static long Place(int piece, int length) => (long)((piece + 0.5) * length / Pieces) - (PieceSide / 2);

    private sealed class Sums
    {
        private readonly double[] _density = new double[3];
        private long _pixels;

        public void Add(ReadOnlySpan<byte> rgb)
        {
            for (var i = 0; i + 2 < rgb.Length; i += 3)
            {
                if (Tissue.IsBackground(rgb.Slice(i, 3)))
                    continue;
                _pixels++;
                for (var c = 0; c < 3; c++)
                    _density[c] += Density[rgb[i + c]];
            }
        }

        public ColourStatistics? Mean => _pixels == 0 ? null : new([.. _density.Select(sum => sum / _pixels)]);
    }
}
