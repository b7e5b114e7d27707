using System.Collections.Concurrent;
using Histoseg.Segmentation.Inference;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>Patches are cut from cells, so that a tile of the slide is decoded once however much patches overlap.</summary>
public class ViewCellsTests
{
    private const int Tile = 32, Patch = 64;

    /// <summary>Counts how often each tile is decoded: a read decodes every tile it touches.</summary>
    private sealed class CountingSlide(ISlide slide) : ISlide
    {
        public ConcurrentDictionary<(int Level, long X, long Y), int> Decodes { get; } = new();
        public string Path => slide.Path;
        public IReadOnlyList<SlideLevel> Levels => slide.Levels;
        public double? MicronsPerPixel => slide.MicronsPerPixel;
        public ScaleSource ScaleSource => slide.ScaleSource;
        public (int Width, int Height) TileSize(int level) => slide.TileSize(level);

        public bool ReadRegion(int level, long x, long y, int width, int height, Span<byte> rgb)
        {
            var (tileWidth, tileHeight) = TileSize(level);
            foreach (var piece in Region.Clip(Levels[level], x, y, width, height).Pieces(tileWidth, tileHeight))
                Decodes.AddOrUpdate((level, piece.X / tileWidth, piece.Y / tileHeight), 1, (_, count) => count + 1);
            return slide.ReadRegion(level, x, y, width, height, rgb);
        }

        public void Dispose() { }
    }

    private static FakeSlide Slide(Region? corrupt = null) => new(700, 500, (x, y) => x > 300 && y is > 100 and < 420
        ? ((byte)230, (byte)240, (byte)235) : ((byte)(x * 7), (byte)(y * 3), (byte)((x ^ y) & 127)))
    {
        Tile = Tile,
        Corrupt = corrupt is { } c ? (c.X, c.Y, c.X + c.Width, c.Y + c.Height) : null,
    };

    private static (PatchReader Reader, TileAxis Columns, TileAxis Rows, SlideView View) Reader(ISlide slide, double mpp)
    {
        var view = new SlideView(slide, 0.5, mpp);
        var (columns, rows) = (new TileAxis(view.Width, Patch, Patch / 2, 8, 0), new TileAxis(view.Height, Patch, Patch / 2, 8, 0));
        return (new(view, columns, rows, Patch, 4, TissueRule.White, 220, 2, readsBlank: false, default), columns, rows, view);
    }

    // Scales at which a view pixel is one pixel of the slide, a whole number of them, none such, and less than one.
    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(1.24)]
    [InlineData(0.67)]
    [InlineData(0.3)]
    public void Each_tile_is_decoded_once(double mpp)
    {
        var slide = new CountingSlide(Slide());
        using var reader = Reader(slide, mpp).Reader;
        Assert.NotEmpty(reader.Batches().ToList());
        Assert.Equal(22 * 16, slide.Decodes.Count);
        Assert.All(slide.Decodes.Values, count => Assert.Equal(1, count));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1.24)]
    [InlineData(0.3)]
    public void Patches_are_what_the_view_gives_and_as_readable(double mpp)
    {
        var slide = Slide(corrupt: new(150, 330, 20, 10));
        var (reader, columns, rows, view) = Reader(slide, mpp);
        var (kinds, expected) = (new HashSet<PatchKind>(), new byte[Patch * Patch * 3]);
        using (reader)
            foreach (var batch in reader.Batches())
                foreach (var place in batch.Places)
                {
                    var readable = view.Read(columns.Starts[place.Column], rows.Starts[place.Row], Patch, Patch, expected);
                    Assert.Equal(!readable ? PatchKind.Unreadable : Tissue.IsBackground(expected) ? PatchKind.White : PatchKind.Tissue, place.Kind);
                    if (place.Kind == PatchKind.Tissue)
                        Assert.True(expected.AsSpan().SequenceEqual(CutPatches.Of(batch, Patch).AsSpan(place.Slot * expected.Length, expected.Length)));
                    kinds.Add(place.Kind);
                }
        Assert.Equal(3, kinds.Count);
    }

    [Fact]
    public void A_keeper_of_little_memory_gives_the_same_pixels()
    {
        var slide = Slide();
        var (full, little) = (new TileKeeper(slide), new TileKeeper(slide, mostBytes: 40 * Tile * Tile * 3));
        var random = new Random(5);
        for (var i = 0; i < 200; i++)
        {
            var (x, y, width, height) = (random.Next(-40, 720), random.Next(-40, 520), random.Next(1, 90), random.Next(1, 90));
            var (expected, one, other) = (new byte[width * height * 3], new byte[width * height * 3], new byte[width * height * 3]);
            Assert.True(slide.ReadRegion(0, x, y, width, height, expected) & full.ReadRegion(0, x, y, width, height, one)
                & little.ReadRegion(0, x, y, width, height, other));
            Assert.Equal(expected, one);
            Assert.Equal(expected, other);
        }
    }
}
