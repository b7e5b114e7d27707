namespace Histoseg.Slides.Annotations;

/// <summary>Makes the truth of a slide from what a dataset has: an annotation file, a mask picture, or nothing (background throughout).</summary>
internal static class LabelSource
{
    /// <summary>Labels painted from an annotation.</summary>
    /// <remarks>
    /// A pixel belongs to a region when its centre does (even-odd, holes cut out). Rules paint in order, later over earlier, the regions of one rule in the
    /// order of the file. Where the map names regions of interest, all outside them is <see cref="ClassMap.Ignore"/>.
    /// </remarks>
    /// <param name="annotation">The regions, level-0 pixels.</param>
    /// <param name="map">Which group becomes which label.</param>
    /// <param name="slideWidth">Level-0 pixels.</param>
    /// <param name="slideHeight">Level-0 pixels.</param>
    /// <exception cref="SlideError">The annotation is empty, has a group that the map does not know or no region of interest though the map wants one, or
    /// has a region off the slide; or a rule paints an unknown class.</exception>
    public static ILabelSource FromAnnotation(Annotation annotation, ClassMap map, int slideWidth, int slideHeight)
    {
        AnnotationCheck.RequireClasses(map);
        AnnotationCheck.RequireRegions(annotation);
        AnnotationCheck.RequireKnownGroups(annotation, map);
        AnnotationCheck.RequireInside(annotation, slideWidth, slideHeight);
        return new PolygonLabels(annotation, map, new SlideFrame(slideWidth, slideHeight));
    }

    /// <summary>
    /// Labels from a mask picture (PNG or TIFF, one channel) that covers the slide, or the part of it that was scanned, at a whole-number downsample.
    /// </summary>
    /// <param name="path">The mask.</param>
    /// <param name="classes">Class names; the index is the label.</param>
    /// <param name="slideWidth">Level-0 pixels.</param>
    /// <param name="slideHeight">Level-0 pixels.</param>
    /// <param name="values">
    /// Pixel value to label, for every value that may occur; null: the value is the label, 255 is <see cref="ClassMap.Ignore"/>.
    /// </param>
    /// <param name="bounds">The scanned part, where the slide tells one.</param>
    /// <param name="origin">Which of the two it covers; <see cref="CoordinateOrigin.Auto"/>: the one it has the size of.</param>
    /// <exception cref="SlideError">The mask is missing or unreadable, does not fit the slide, or has a value that means nothing.</exception>
    public static MaskLabels FromMask(
        string path, IReadOnlyList<string> classes, int slideWidth, int slideHeight, IReadOnlyDictionary<byte, byte>? values = null, Region? bounds = null,
        CoordinateOrigin origin = CoordinateOrigin.Auto)
    {
        var slide = new SlideFrame(slideWidth, slideHeight);
        SlideFrame[] frames = bounds is not { } part || origin == CoordinateOrigin.Slide ? [slide]
            : origin == CoordinateOrigin.Bounds ? [Of(part)]
            : [slide, Of(part)];
        return MaskLabels.Load(path, classes, frames, values);

        static SlideFrame Of(Region part) => new(part.Width, part.Height, (int)part.X, (int)part.Y);
    }

    /// <summary>A slide of which nothing counts.</summary>
    public static ILabelSource Nothing { get; } = Background(0, 0);

    /// <summary>A slide without annotation: class 0 throughout.</summary>
    /// <param name="slideWidth">Level-0 pixels.</param>
    /// <param name="slideHeight">Level-0 pixels.</param>
    public static ILabelSource Background(int slideWidth, int slideHeight) =>
        new BackgroundLabels(new SlideFrame(slideWidth, slideHeight));
}
