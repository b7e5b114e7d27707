namespace Histoseg.Slides.Sampling;

/// <summary>
/// A change of staining: colours are taken apart into haematoxylin, eosin and residual by Beer and Lambert's law (stain vectors of Ruifrok and Johnston
/// 2001), each amount c becomes c·gain + shift, and the light is put together again.
/// </summary>
internal sealed class StainJitter
{
    // Optical densities of R, G, B per unit of haematoxylin, eosin and DAB, rows scaled to length 1.
    private static readonly double[,] StainToDensity = Normalised(new[,] { { 0.65, 0.70, 0.29 }, { 0.07, 0.99, 0.11 }, { 0.27, 0.57, 0.78 } });
    private static readonly double[,] DensityToStain = Inverse(StainToDensity);

    // Density −ln((v + 1)/256) of a byte, and back again in steps fine enough that bytes come back as they were.
    private const int StepsPerUnit = 1024;
    private static readonly float[] Density = [.. Enumerable.Range(0, 256).Select(v => (float)(-Math.Log((v + 1) / 256.0) * StepsPerUnit))];
    private static readonly byte[] Light =
        [.. Enumerable.Range(0, (int)Density[0] + 2).Select(i => (byte)Math.Round(Math.Clamp(256 * Math.Exp(-i / (double)StepsPerUnit) - 1, 0, 255)))];

    // One 3×3 matrix and an offset from densities to densities: out of the stains and back in one go.
    private readonly float[,] _matrix = new float[3, 3];
    private readonly float[] _offset = new float[3];

    /// <summary>A change with given gains and shifts.</summary>
    /// <param name="gain">Factors of haematoxylin, eosin and residual; 1 changes nothing.</param>
    /// <param name="shift">Added to their amounts, optical-density units (natural logarithm).</param>
    public StainJitter(ReadOnlySpan<double> gain, ReadOnlySpan<double> shift)
    {
        for (var to = 0; to < 3; to++)
            for (var stain = 0; stain < 3; stain++)
            {
                _offset[to] += (float)(shift[stain] * StainToDensity[stain, to] * StepsPerUnit);
                for (var from = 0; from < 3; from++)
                    _matrix[from, to] += (float)(DensityToStain[from, stain] * gain[stain] * StainToDensity[stain, to]);
            }
    }

    /// <summary>The density of each byte, in steps.</summary>
    public static IReadOnlyList<float> DensityOfBytes => Density;

    /// <summary>The byte of each density of 0, 1, … steps; densities beyond the ends have the end's.</summary>
    public static IReadOnlyList<byte> BytesOfDensity => Light;

    /// <summary>Draws gains in 1 ± <paramref name="strength"/> and shifts in ± <paramref name="strength"/>.</summary>
    public static StainJitter Draw(double strength, ref CounterRandom random)
    {
        Span<double> gain = stackalloc double[3], shift = stackalloc double[3];
        for (var stain = 0; stain < 3; stain++)
        {
            gain[stain] = random.Range(1 - strength, 1 + strength);
            shift[stain] = random.Range(-strength, strength);
        }
        return new StainJitter(gain, shift);
    }

    /// <summary>
    /// The change as numbers: for red, green and blue in turn the factors of the old red, green and blue density, and what is added before the fraction is
    /// cut off.
    /// </summary>
    /// <param name="numbers">Receives 12 numbers.</param>
    public void Write(Span<float> numbers)
    {
        for (var to = 0; to < 3; to++)
        {
            for (var from = 0; from < 3; from++)
                numbers[to * 4 + from] = _matrix[from, to];
            // The half rounds to the nearest step.
            numbers[to * 4 + 3] = _offset[to] + 0.5f;
        }
    }

    private static double[,] Normalised(double[,] rows)
    {
        for (var i = 0; i < 3; i++)
        {
            var norm = Math.Sqrt(rows[i, 0] * rows[i, 0] + rows[i, 1] * rows[i, 1] + rows[i, 2] * rows[i, 2]);
            for (var j = 0; j < 3; j++) rows[i, j] /= norm;
        }
        return rows;
    }

    // By cofactors; cyclic indices carry the signs.
    private static double[,] Inverse(double[,] m)
    {
        var inverse = new double[3, 3];
        for (var i = 0; i < 3; i++)
            for (var j = 0; j < 3; j++)
                inverse[j, i] = m[(i + 1) % 3, (j + 1) % 3] * m[(i + 2) % 3, (j + 2) % 3] - m[(i + 1) % 3, (j + 2) % 3] * m[(i + 2) % 3, (j + 1) % 3];
        var determinant = m[0, 0] * inverse[0, 0] + m[0, 1] * inverse[1, 0] + m[0, 2] * inverse[2, 0];
        for (var i = 0; i < 9; i++) inverse[i / 3, i % 3] /= determinant;
        return inverse;
    }
}
