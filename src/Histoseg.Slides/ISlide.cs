namespace Histoseg.Slides;

/// <summary>
/// One level of a slide's pyramid. <paramref name="Width"/> and <paramref name="Height"/> are in this level's pixels; <paramref name="Downsample"/> is
/// level-0 pixels per pixel of this level (1 for level 0).
/// </summary>
internal readonly record struct SlideLevel(int Width, int Height, double Downsample);

/// <summary>Where a slide's physical scale came from.</summary>
public enum ScaleSource
{
    /// <summary>Nothing in the file tells the scale.</summary>
    None,
    /// <summary>The scanner's own µm-per-pixel property.</summary>
    Properties,
    /// <summary>TIFF resolution tags, or the OME-XML or ImageJ text beside them.</summary>
    ResolutionTags,
    /// <summary>Objective power p, taken as 10/p µm per pixel.</summary>
    ObjectivePower,
    /// <summary>The manifest's <c>mpp</c> column.</summary>
    Manifest,
    /// <summary>Given by whoever asked.</summary>
    Override,
    /// <summary>Nothing tells it: a picture of a folder, taken to be at the scale that is trained.</summary>
    Assumed,
}

/// <summary>An opened picture with a pyramid of levels: a whole-slide image, or a plain TIFF, PNG or JPEG with a single level.</summary>
/// <remarks>All members may be called from several threads at once.</remarks>
internal interface ISlide : IDisposable
{
    /// <summary>The path it was opened from.</summary>
    string Path { get; }

    /// <summary>The levels, largest first; at least one.</summary>
    IReadOnlyList<SlideLevel> Levels { get; }

    /// <summary>µm per level-0 pixel as the file itself tells it, or null.</summary>
    double? MicronsPerPixel { get; }

    /// <summary>How <see cref="MicronsPerPixel"/> was found.</summary>
    ScaleSource ScaleSource { get; }

    /// <summary>Why what the file tells of its scale cannot be used, where it tells something; null: it can, or it tells nothing.</summary>
    string? ScaleProblem => null;

    /// <summary>What was assumed to read the pixels, one line each, with the file's path.</summary>
    IReadOnlyList<string> Notes => [];

    /// <summary>The part of level 0 that the scanner scanned, where the file tells it (OpenSlide's bounds); QuPath counts pixels from its corner.</summary>
    Region? Bounds => null;

    /// <summary>The size in pixels of what is decoded together, of a grid that begins at the level's corner; if the file tells none, any will do.</summary>
    (int Width, int Height) TileSize(int level) => (256, 256);

    /// <summary>Whether parts of a level were left out of the file; they are white.</summary>
    bool HasGaps(int level) => false;

    /// <summary>Reads a rectangle of one level as RGB, 8 bits per channel, rows top to bottom.</summary>
    /// <param name="level">Index into <see cref="Levels"/>.</param>
    /// <param name="x">Left edge in this level's pixels; may be negative or past the edge.</param>
    /// <param name="y">Top edge in this level's pixels.</param>
    /// <param name="width">Width in this level's pixels.</param>
    /// <param name="height">Height in this level's pixels.</param>
    /// <param name="rgb">Receives height × width × 3 bytes; pixels outside the slide and unreadable ones are white.</param>
    /// <returns>False when part of the rectangle lies in a corrupt tile; what could be read is in <paramref name="rgb"/>, the rest is white.</returns>
    bool ReadRegion(int level, long x, long y, int width, int height, Span<byte> rgb);
}
