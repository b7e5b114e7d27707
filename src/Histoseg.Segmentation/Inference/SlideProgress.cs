namespace Histoseg.Segmentation.Inference;

/// <summary>How far one slide is.</summary>
/// <param name="DonePatches">Patches of the grid that are dealt with: segmented, white or unreadable.</param>
/// <param name="TotalPatches">Patches of the whole grid.</param>
/// <param name="PatchesPerSecond">Patches through the network per second since the slide's start.</param>
internal readonly record struct SlideProgress(long DonePatches, long TotalPatches, double PatchesPerSecond)
{
    /// <summary>The share done, 0 to 1.</summary>
    public double Share => TotalPatches == 0 ? 1 : (double)DonePatches / TotalPatches;
}
