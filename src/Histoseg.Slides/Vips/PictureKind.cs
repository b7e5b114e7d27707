namespace Histoseg.Slides.Vips;

/// <summary>The plain picture formats read without OpenSlide.</summary>
internal enum PictureKind
{
    Tiff,
    Png,
    Jpeg,
}
