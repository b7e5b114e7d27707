namespace Histoseg.Slides.Tests.Slides;

/// <summary>A slide whose pixels are computed: value(level, x, y, channel).</summary>
internal sealed class MemorySlide(IReadOnlyList<SlideLevel> levels, Func<int, int, int, int, byte> value) : ISlide
{
    public string Path => "memory";

    public IReadOnlyList<SlideLevel> Levels => levels;

    public double? MicronsPerPixel { get; init; } = 0.5;

    public ScaleSource ScaleSource { get; init; } = ScaleSource.Properties;

    public Region? Bounds { get; init; }

    /// <summary>Reads that touch this pixel of level 0 report a corrupt tile.</summary>
    public (int X, int Y)? Corrupt { get; init; }

    public List<int> LevelsRead { get; } = [];

    public bool ReadRegion(int level, long x, long y, int width, int height, Span<byte> rgb)
    {
        LevelsRead.Add(level);
        for (var j = 0; j < height; j++)
            for (var i = 0; i < width; i++)
                for (var c = 0; c < 3; c++)
                    rgb[(j * width + i) * 3 + c] = x + i < 0 || y + j < 0 || x + i >= levels[level].Width || y + j >= levels[level].Height
                        ? (byte)255
                        : value(level, (int)x + i, (int)y + j, c);
        return Corrupt is not { } bad || bad.X < x || bad.X >= x + width || bad.Y < y || bad.Y >= y + height;
    }

    public void Dispose() { }

    /// <summary>One level of hashed noise.</summary>
    public static MemorySlide Noise(int width, int height) => new([new(width, height, 1)], (_, x, y, c) => Hash(x, y, c));

    public static byte Hash(int x, int y, int c)
    {
        var h = (uint)(x * 73856093) ^ (uint)(y * 19349663) ^ (uint)(c * 83492791);
        h = (h ^ (h >> 13)) * 1274126177;
        return (byte)(h >> 16);
    }
}
