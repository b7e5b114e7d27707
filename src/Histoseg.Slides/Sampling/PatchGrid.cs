namespace Histoseg.Slides.Sampling;

/// <summary>The grid of patches of a dataset and which of them are worth sampling.</summary>
/// <param name="PatchSize">Side of the square patch, view pixels.</param>
/// <param name="Stride">Distance between patches, view pixels; the last of a row or column is moved back to end at the slide's edge.</param>
/// <param name="Classes">Number of classes, the background included, 2…255.</param>
/// <param name="TissueThreshold">A pixel whose R, G and B all exceed this is white background; 255: nothing is.</param>
/// <param name="MinTissue">Least share of a patch that is tissue, 0…1; at 0 a patch without any is still dropped.</param>
/// <param name="Rule">What counts as tissue; the threshold belongs to <see cref="TissueRule.White"/>.</param>
internal sealed record PatchGrid(int PatchSize, int Stride, int Classes, byte TissueThreshold = Tissue.WhiteThreshold, double MinTissue = 0.05,
    TissueRule Rule = TissueRule.White)
{
    // A patch is judged by this many points across: fine enough for a share of tissue, coarse enough to go through a whole slide in seconds.
    private const int PointsAcross = 64;

    /// <summary>View pixels per point at which patches are judged: isolated specks and regions smaller than this may be missed.</summary>
    public int ScanStep => Math.Max(1, PatchSize / PointsAcross);

    /// <summary>Where the patches of a slide begin along one axis.</summary>
    /// <param name="length">The slide's width or height, view pixels.</param>
    public int[] Origins(int length)
    {
        if (length <= PatchSize) return [0];
        var count = (length - PatchSize + Stride - 1) / Stride + 1;
        return [.. Enumerable.Range(0, count).Select(i => Math.Min(i * Stride, length - PatchSize))];
    }
}
