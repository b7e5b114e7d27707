namespace Histoseg.Slides.Tiff;

/// <summary>The tags looked at.</summary>
internal enum TiffTag : ushort
{
    NewSubfileType = 254,
    Width = 256,
    Height = 257,
    BitsPerSample = 258,
    Compression = 259,
    Photometric = 262,
    Description = 270,
    StripOffsets = 273,
    SamplesPerPixel = 277,
    RowsPerStrip = 278,
    StripByteCounts = 279,
    MaxSampleValue = 281,
    XResolution = 282,
    YResolution = 283,
    PlanarConfiguration = 284,
    ResolutionUnit = 296,
    Predictor = 317,
    TileWidth = 322,
    TileHeight = 323,
    TileOffsets = 324,
    TileByteCounts = 325,
    SubDirectories = 330,
    ExtraSamples = 338,
    SampleFormat = 339,
    LargestSampleValue = 341,
}
