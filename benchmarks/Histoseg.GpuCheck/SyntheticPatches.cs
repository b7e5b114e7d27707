using Histoseg.Engine.Ops;

namespace Histoseg.GpuCheck;

/// <summary>Patches that can be learned and need no files: discs of another colour on noise, as normalised numbers and labels 0 and 1.</summary>
internal static class SyntheticPatches
{
    private const int Discs = 3, Border = 2;
    private static readonly float[] DiscColour = [0.8f, -0.8f, 0.4f];

    /// <summary>Fills a batch; the same numbers every time for one seed.</summary>
    /// <param name="seed">Which batch.</param>
    /// <param name="side">Side of the patches.</param>
    /// <param name="image">(N, side, side, 3).</param>
    /// <param name="target">(N, side, side, 1); the border is to be ignored.</param>
    public static void Fill(int seed, int side, Span<float> image, Span<int> target)
    {
        var random = new Random(seed);
        Span<(double X, double Y, double Radius)> discs = stackalloc (double, double, double)[Discs];
        for (var patch = 0; patch < target.Length / (side * side); patch++)
        {
            foreach (ref var disc in discs)
                disc = (random.NextDouble() * side, random.NextDouble() * side, side * (0.08 + 0.15 * random.NextDouble()));
            for (var p = 0; p < side * side; p++)
            {
                var (x, y, inside) = (p % side, p / side, false);
                foreach (var disc in discs)
                    inside |= Math.Pow(x - disc.X, 2) + Math.Pow(y - disc.Y, 2) < disc.Radius * disc.Radius;
                var at = patch * side * side + p;
                for (var c = 0; c < 3; c++)
                    image[3 * at + c] = (float)(2 * random.NextDouble() - 1) + (inside ? DiscColour[c] : 0);
                target[at] = Math.Min(Math.Min(x, y), side - 1 - Math.Max(x, y)) < Border ? SegmentationLoss.Ignore : inside ? 1 : 0;
            }
        }
    }
}
