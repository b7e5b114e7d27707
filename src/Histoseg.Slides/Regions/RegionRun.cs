namespace Histoseg.Slides.Regions;

/// <summary>A <see cref="LabelRun"/> and the region it belongs to.</summary>
/// <param name="Start">The first pixel.</param>
/// <param name="End">The pixel after the last.</param>
/// <param name="Label">The label of its pixels.</param>
/// <param name="Region">
/// What stood for the region when the run was taken, see <see cref="ConnectedRegion{TData}.Root"/>; null where the label is not sought.
/// </param>
internal readonly record struct RegionRun<TData>(int Start, int End, int Label, ConnectedRegion<TData>? Region)
    where TData : struct, IRegionData<TData>;
