namespace Histoseg.Engine.Backends;

/// <summary>How patches lie on a slide whose overlaps are blended.</summary>
/// <param name="Width">Pixels of a slide's row.</param>
/// <param name="ColumnWeights">For each column of patches, the weight of each of its pixels that lie on the slide; at most a patch's side.</param>
/// <param name="RowWeights">For each row of patches likewise.</param>
/// <param name="AveragesTurns">Whether a patch's answer is the mean over the eight flips and quarter turns of it (<see cref="Blender.TakeTurn"/>).</param>
/// <param name="RowsPerPost">Most rows that are decided at once.</param>
/// <param name="Posts">Most posts waiting to be collected, where a device computes beside its caller.</param>
/// <param name="GivesShares">Whether the share of every class is wanted too, <see cref="BlendedRows.Shares"/>.</param>
public sealed record BlendLayout(
    int Width, IReadOnlyList<float[]> ColumnWeights, IReadOnlyList<float[]> RowWeights, bool AveragesTurns = false, int RowsPerPost = 64, int Posts = 24,
    bool GivesShares = false);
