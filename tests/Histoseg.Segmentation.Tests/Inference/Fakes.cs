using Histoseg.Engine.Backends;
using Histoseg.Segmentation.Models;
using Histoseg.Slides;
using Histoseg.Slides.Output;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>A slide whose level-0 pixels are a function of their place.</summary>
internal sealed class FakeSlide(int width, int height, Func<long, long, (byte R, byte G, byte B)> colour, double? mpp = 0.5) : ISlide
{
    public string Path { get; init; } = "fake.svs";
    public IReadOnlyList<SlideLevel> Levels { get; } = [new(width, height, 1)];
    public double? MicronsPerPixel => mpp;
    public ScaleSource ScaleSource => mpp is null ? ScaleSource.None : ScaleSource.Properties;

    /// <summary>A corrupt rectangle of level 0: left, top, right, bottom.</summary>
    public (long X0, long Y0, long X1, long Y1)? Corrupt { get; init; }

    /// <summary>Side of its tiles.</summary>
    public int Tile { get; init; } = 256;

    public (int Width, int Height) TileSize(int level) => (Tile, Tile);

    public bool ReadRegion(int level, long x, long y, int w, int h, Span<byte> rgb)
    {
        for (var j = 0; j < h; j++)
            for (var i = 0; i < w; i++)
            {
                var inside = x + i >= 0 && x + i < width && y + j >= 0 && y + j < height;
                var (r, g, b) = inside ? colour(x + i, y + j) : ((byte)255, (byte)255, (byte)255);
                var at = (j * w + i) * 3;
                (rgb[at], rgb[at + 1], rgb[at + 2]) = (r, g, b);
            }
        return Corrupt is not { } c || x >= c.X1 || x + w <= c.X0 || y >= c.Y1 || y + h <= c.Y0;
    }

    public void Dispose() { }
}

/// <summary>A segmenter made of a function: (patch of P × P × 3 bytes, P × P × classes probabilities to fill).</summary>
internal sealed class FakeSegmenter(int patchSize, int batchSize, int classes, FakeSegmenter.Fill fill) : IPatchSegmenter
{
    public delegate void Fill(ReadOnlySpan<byte> rgb, Span<float> probabilities);

    public int Classes => classes;
    public int PatchSize => patchSize;
    public int BatchSize => batchSize;
    public int OutputStride { get; init; } = 8;
    public int Readers => 1;
    public bool RunsAsynchronously => false;
    public List<int> Calls { get; } = [];

    private readonly byte[] _rgb = new byte[batchSize * patchSize * patchSize * 3];
    private readonly float[] _answers = new float[batchSize * patchSize * patchSize * classes];

    public Blender CreateBlender(BlendLayout layout) => new HostBlender(() => _answers, batchSize, patchSize, classes, layout);

    public PatchInput CreateInput(BlockLayout layout) => new HostPatchInput(() => _rgb, patchSize);

    public void Run(int count)
    {
        ReadOnlySpan<byte> rgb = _rgb;
        var probabilities = _answers.AsSpan(0, count * patchSize * patchSize * classes);
        Assert.InRange(count, 1, batchSize);
        Assert.Equal(count * patchSize * patchSize * classes, probabilities.Length);
        lock (Calls)
            Calls.Add(count);
        var pixels = patchSize * patchSize;
        for (var n = 0; n < count; n++)
            fill(rgb.Slice(n * pixels * 3, pixels * 3), probabilities.Slice(n * pixels * classes, pixels * classes));
    }

    public void Dispose() { }

    /// <summary>Tells class k of three by the k-th channel being darkest; white is class 0.</summary>
    public static FakeSegmenter ByColour(int patchSize, int batchSize = 4) => new(patchSize, batchSize, 3, (rgb, probabilities) =>
    {
        for (var i = 0; i < rgb.Length; i += 3)
        {
            var label = rgb[i + 1] < rgb[i] - 60 ? 1 : rgb[i] < rgb[i + 1] - 60 ? 2 : 0;
            for (var c = 0; c < 3; c++)
                probabilities[i + c] = c == label ? 0.9f : 0.05f;
        }
    });

    /// <summary>Two classes by the mean of green over 31 × 31 pixels with zero padding: wrong near a patch's edge, as a network is.</summary>
    public static FakeSegmenter Blurred(int size, int batchSize = 4) => new(size, batchSize, 2, (rgb, probabilities) =>
    {
        var sums = new double[(size + 1) * (size + 1)];
        for (var y = 0; y < size; y++)
            for (var x = 0; x < size; x++)
                sums[(y + 1) * (size + 1) + x + 1] = rgb[(y * size + x) * 3 + 1] + sums[y * (size + 1) + x + 1]
                    + sums[(y + 1) * (size + 1) + x] - sums[y * (size + 1) + x];
        for (var y = 0; y < size; y++)
            for (var x = 0; x < size; x++)
            {
                int x0 = Math.Max(0, x - 15), x1 = Math.Min(size, x + 16), y0 = Math.Max(0, y - 15), y1 = Math.Min(size, y + 16);
                var sum = sums[y1 * (size + 1) + x1] - sums[y0 * (size + 1) + x1] - sums[y1 * (size + 1) + x0] + sums[y0 * (size + 1) + x0];
                var p = 1 / (1 + Math.Exp((sum / (31 * 31) - 120) / 8));
                probabilities[(y * size + x) * 2 + 1] = (float)p;
                probabilities[(y * size + x) * 2] = (float)(1 - p);
            }
    });
}

/// <summary>Keeps the rows it is given.</summary>
internal sealed class MemoryRows : ILabelRows
{
    private readonly List<byte> _rows = [];

    public byte[] Rows => [.. _rows];
    public bool Completed { get; private set; }
    public bool Disposed { get; private set; }

    public void Write(ReadOnlySpan<byte> rows)
    {
        Assert.False(Completed);
        _rows.AddRange(rows);
    }

    public void Complete() => Completed = true;

    public void Dispose() => Disposed = true;
}
