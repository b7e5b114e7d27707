namespace Histoseg.Slides.Regions;

/// <summary>What a user of a <see cref="RegionFinder{TData}"/> gathers of each region; its default is that of a region just begun.</summary>
internal interface IRegionData<TSelf>
    where TSelf : struct, IRegionData<TSelf>
{
    /// <summary>What was gathered of two regions that turned out to be one. It may take over what the two hold: they are not used again.</summary>
    /// <param name="left">Of the region that the connecting run met first, going right.</param>
    /// <param name="right">Of the other.</param>
    static abstract TSelf Join(TSelf left, TSelf right);
}
