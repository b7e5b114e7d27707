namespace Histoseg.Slides.Tiff;

/// <summary>One picture of a TIFF, as its directory describes it.</summary>
internal sealed record TiffPage
{
    private const int ReducedImage = 1;

    /// <summary>Where its directory lies in the file.</summary>
    public long Offset { get; private init; }

    /// <summary>Width in pixels; 0 where the directory does not say.</summary>
    public long Width { get; private init; }

    /// <summary>Height in pixels.</summary>
    public long Height { get; private init; }

    /// <summary>Its tiles; null where it is made of strips.</summary>
    public TiffTiles? Tiles { get; private init; }

    /// <summary>Its strips, as tiles of the page's width; null where it is made of tiles.</summary>
    public TiffTiles? Strips { get; private init; }

    /// <summary>Whether each colour has tiles or strips of its own.</summary>
    public bool IsPlanar { get; private init; }

    /// <summary>How tiles or strips are compressed: the tag's number.</summary>
    public long Compression { get; private init; }

    /// <summary>What was done to samples before they were compressed: the tag's number, 1: nothing.</summary>
    public long Predictor { get; private init; }

    /// <summary>What samples mean: the tag's number; −1 where the directory does not say.</summary>
    public long Photometric { get; private init; }

    /// <summary>Samples of a pixel, alpha and the like among them.</summary>
    public long Samples { get; private init; }

    /// <summary>Bits of a sample.</summary>
    public long Bits { get; private init; }

    /// <summary>Whether samples are whole numbers from 0.</summary>
    public bool IsUnsigned { get; private init; }

    /// <summary>Whether samples are floating-point numbers.</summary>
    public bool IsFloat { get; private init; }

    /// <summary>Whether the last samples are transparency; samples of no stated meaning are not.</summary>
    public bool HasAlpha { get; private init; }

    /// <summary>Samples that are colour, by the photometric interpretation; null where that is not known here.</summary>
    public int? ColourSamples { get; private init; }

    /// <summary>The largest value a sample has, where the directory tells it.</summary>
    public double? LargestSample { get; private init; }

    /// <summary>Whether it says of itself that it is a smaller picture of another one.</summary>
    public bool IsReduced { get; private init; }

    /// <summary>The text that whoever wrote it put in; empty where there is none.</summary>
    public string Description { get; private init; } = "";

    /// <summary>The size of a pixel by the resolution tags alone, in units of <see cref="MicronsPerUnit"/>.</summary>
    public (double X, double Y)? UnitsPerPixel { get; private init; }

    /// <summary>µm of the resolution tags' unit; null where they have none.</summary>
    public double? MicronsPerUnit { get; private init; }

    /// <summary>The pictures below it: its smaller levels, mostly.</summary>
    public IReadOnlyList<TiffPage> SubDirectories { get; init; } = [];

    /// <summary>Reads a page.</summary>
    /// <param name="directory">Its directory.</param>
    /// <param name="offset">Where that lies in the file.</param>
    /// <param name="tileBytes">Bytes of each tile; null where it has no tiles.</param>
    /// <param name="stripBytes">Bytes of each strip; null where it has no strips.</param>
    public static TiffPage Of(TiffDirectory directory, long offset, long[]? tileBytes, long[]? stripBytes)
    {
        var (width, height) = (First(TiffTag.Width, 0), First(TiffTag.Height, 0));
        var format = First(TiffTag.SampleFormat, 1);
        var extra = directory.Numbers(TiffTag.ExtraSamples) ?? [];
        return new TiffPage
        {
            Offset = offset,
            Width = width,
            Height = height,
            Tiles = tileBytes is null ? null : TiffTiles.Of(width, height, First(TiffTag.TileWidth, 0), First(TiffTag.TileHeight, 0), tileBytes),
            Strips = stripBytes is null ? null
                : TiffTiles.Of(width, height, width, Math.Clamp(First(TiffTag.RowsPerStrip, height), 1, Math.Max(1, height)), stripBytes),
            IsPlanar = First(TiffTag.PlanarConfiguration, 1) == 2,
            Compression = First(TiffTag.Compression, 1),
            Predictor = First(TiffTag.Predictor, 1),
            Photometric = First(TiffTag.Photometric, -1),
            Samples = First(TiffTag.SamplesPerPixel, 1),
            Bits = First(TiffTag.BitsPerSample, 1),
            IsUnsigned = format is 1 or 4, // 4: undefined, which is taken for the common kind
            IsFloat = format == 3,
            HasAlpha = extra.Any(kind => kind is 1 or 2),
            // Grey from white or black, RGB, palette, CMYK, YCbCr, L*a*b*.
            ColourSamples = First(TiffTag.Photometric, -1) switch { 0 or 1 or 3 => 1, 2 or 6 or 8 => 3, 5 => 4, _ => null },
            LargestSample = directory.Number(TiffTag.LargestSampleValue) ?? directory.Number(TiffTag.MaxSampleValue),
            IsReduced = (First(TiffTag.NewSubfileType, 0) & ReducedImage) != 0,
            Description = directory.Text(TiffTag.Description),
            UnitsPerPixel = directory.Rational(TiffTag.XResolution) is { } x && directory.Rational(TiffTag.YResolution) is { } y ? (1 / x, 1 / y) : null,
            // 2 is inch, 3 is centimetre, 1 is "no unit"; absent means inch.
            MicronsPerUnit = First(TiffTag.ResolutionUnit, 2) switch { 2 => 25400, 3 => 10000, _ => null },
        };

        long First(TiffTag tag, long absent) => directory.Numbers(tag) is [var first, ..] ? first : absent;
    }
}
