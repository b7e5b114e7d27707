namespace Histoseg.Slides.Output;

/// <summary>What a pyramid holds; decides channels, compression and how a level is made from the one below it.</summary>
internal enum PyramidKind
{
    /// <summary>
    /// One channel of labels with a palette: deflate; a smaller level takes the label of most of every four pixels, see <see cref="LabelHalver"/>.
    /// </summary>
    Labels,
    /// <summary>One channel of grey: deflate; a smaller level takes the mean of every four pixels.</summary>
    Grey8,
    /// <summary>Three channels of colour: JPEG; a smaller level takes the mean of every four pixels.</summary>
    Rgb,
}
