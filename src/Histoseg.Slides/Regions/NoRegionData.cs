namespace Histoseg.Slides.Regions;

/// <summary>For users that want the regions alone.</summary>
internal readonly struct NoRegionData : IRegionData<NoRegionData>
{
    /// <inheritdoc/>
    public static NoRegionData Join(NoRegionData left, NoRegionData right) => default;
}
