using Histoseg.Slides.Regions;

namespace Histoseg.Segmentation.Evaluation;

/// <summary>Pixels of an annotated region that the prediction has a label for.</summary>
internal record struct CountedPixels(long Pixels) : IRegionData<CountedPixels>
{
    /// <inheritdoc/>
    public static CountedPixels Join(CountedPixels left, CountedPixels right) => new(left.Pixels + right.Pixels);
}
