namespace Histoseg.Slides.Tiff;

/// <summary>The tags looked at.</summary>
internal enum TiffTag : ushort
{
    Photometric = 262,
    StripOffsets = 273,
    StripByteCounts = 279,
    XResolution = 282,
    YResolution = 283,
    ResolutionUnit = 296,
    ColourMap = 320,
    TileOffsets = 324,
    TileByteCounts = 325,
    SubDirectories = 330,
}
