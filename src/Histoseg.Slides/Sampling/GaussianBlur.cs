namespace Histoseg.Slides.Sampling;

/// <summary>The weights of a Gaussian blur.</summary>
internal static class GaussianBlur
{
    /// <summary>How far a blur reaches, pixels.</summary>
    /// <param name="sigma">Standard deviation, pixels, above 0.</param>
    public static int Reach(double sigma) => Math.Max(1, (int)Math.Ceiling(3 * sigma));

    /// <summary>The weights of the pixels −reach … reach away, which add up to 1.</summary>
    /// <param name="sigma">Standard deviation, pixels, above 0.</param>
    public static float[] Weights(double sigma)
    {
        var reach = Reach(sigma);
        var weights = Enumerable.Range(-reach, 2 * reach + 1).Select(k => Math.Exp(-k * k / (2 * sigma * sigma))).ToArray();
        var total = weights.Sum();
        return [.. weights.Select(w => (float)(w / total))];
    }
}
