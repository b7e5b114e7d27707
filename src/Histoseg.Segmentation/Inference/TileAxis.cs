namespace Histoseg.Segmentation.Inference;

/// <summary>Patches along one axis of a slide, with blending weights that add up to one at every pixel.</summary>
/// <remarks>
/// The window is a Gaussian with a standard deviation of an eighth of the patch: a patch counts most in its middle, where the
/// network saw context on all sides, and next to nothing (but never nothing) at its edges. A raised cosine keeps so much of the
/// edges, where padding disturbs the network, that the grid shows. Dividing by the sum over all patches beforehand makes the product of
/// two axes a partition of unity, so blended probabilities need no division and a missing patch shows as a sum below one.
/// Patches start at multiples of the network's output stride: two patches whose origins differ by any other shift see the
/// tissue in another phase of their strides and disagree wherever they overlap.
/// </remarks>
internal sealed class TileAxis
{
    /// <param name="length">Pixels along the axis.</param>
    /// <param name="patchSize">P, pixels of a patch along the axis.</param>
    /// <param name="stride">Distance between patches, 1 to P; rounded down to the lattice.</param>
    /// <param name="lattice">The network's output stride: every patch starts at a multiple of this many pixels.</param>
    /// <param name="origin">Where a patch starts, rounded down to the lattice; the others follow at multiples of the stride. Those over the ends are moved
    /// back inside.</param>
    public TileAxis(int length, int patchSize, int stride, int lattice, int origin)
    {
        stride = Math.Max(lattice, stride / lattice * lattice);
        var last = (Math.Max(0, length - patchSize) + lattice - 1) / lattice * lattice;
        var first = ((origin % stride) + stride) % stride / lattice * lattice - stride;
        var starts = new SortedSet<int>();
        for (long start = first; start < last + stride; start += stride)
            starts.Add((int)Math.Clamp(start, 0, last));
        Starts = [.. starts];

        var window = new double[patchSize];
        for (var i = 0; i < patchSize; i++)
        {
            var sigmas = (i + 0.5 - patchSize / 2.0) / (patchSize / 8.0);
            window[i] = Math.Exp(-0.5 * sigmas * sigmas);
        }

        var sum = new double[length];
        foreach (var start in Starts)
            for (var i = 0; i < patchSize && start + i < length; i++)
                sum[start + i] += window[i];
        Weights = [.. Starts.Select(start =>
        {
            var weights = new float[Math.Min(patchSize, length - start)];
            for (var i = 0; i < weights.Length; i++)
                weights[i] = (float)(window[i] / sum[start + i]);
            return weights;
        })];
    }

    /// <summary>
    /// First pixel of every patch, ascending. The first is 0; the last reaches the axis' end, which it overhangs by less than the lattice, or by more where
    /// the axis is shorter than one patch.
    /// </summary>
    public IReadOnlyList<int> Starts { get; }

    /// <summary>For every patch, the weight of each of its pixels that lie on the axis.</summary>
    public IReadOnlyList<float[]> Weights { get; }
}
