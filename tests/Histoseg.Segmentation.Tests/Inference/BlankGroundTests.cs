using System.Collections.Concurrent;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Histoseg.Segmentation.Inference;
using Histoseg.Slides;

namespace Histoseg.Segmentation.Tests.Inference;

/// <summary>White that a low level shows is not read, and nothing that is tissue is lost by it.</summary>
public class BlankGroundTests
{
    private const int Patch = 64, Side = 1024;
    private const double Mpp = 0.5;

    /// <summary>A slide of three levels, each pixel of the lower ones the mean of those below it.</summary>
    private sealed class Pyramid : ISlide
    {
        private readonly byte[][] _levels;

        public Pyramid(Func<int, int, byte> shade, byte? low = null)
        {
            _levels = [new byte[Side * Side], new byte[Side / 4 * Side / 4], new byte[Side / 16 * Side / 16]];
            for (var i = 0; i < _levels[0].Length; i++)
                _levels[0][i] = shade(i % Side, i / Side);
            for (var level = 1; level < 3; level++)
                for (var i = 0; i < _levels[level].Length; i++)
                    _levels[level][i] = low ?? Mean(_levels[level - 1], Levels[level].Width, i);
        }

        public ConcurrentDictionary<int, long> Read { get; } = new();
        public (int Level, long X, long Y)? Corrupt { get; init; }
        public bool IsSparse { get; init; }
        public string Path => "pyramid.tif";
        public IReadOnlyList<SlideLevel> Levels { get; } = [new(Side, Side, 1), new(Side / 4, Side / 4, 4), new(Side / 16, Side / 16, 16)];
        public double? MicronsPerPixel => Mpp;
        public ScaleSource ScaleSource => ScaleSource.Properties;
        public (int Width, int Height) TileSize(int level) => (64, 64);
        public bool HasGaps(int level) => IsSparse && level > 0;

        public bool ReadRegion(int level, long x, long y, int width, int height, Span<byte> rgb)
        {
            Read.AddOrUpdate(level, (long)width * height, (_, pixels) => pixels + (long)width * height);
            rgb[..(width * height * 3)].Fill(255);
            var (size, isWhole) = (Levels[level].Width, true);
            for (var j = Math.Max(0, y); j < Math.Min(y + height, size); j++)
                for (var i = Math.Max(0, x); i < Math.Min(x + width, size); i++)
                {
                    isWhole &= Corrupt != (level, i / 64, j / 64);
                    var shade = _levels[level][j * size + i];
                    rgb.Slice((int)((j - y) * width + i - x) * 3, 3).Fill(shade);
                    // What is dark is red.
                    rgb[(int)((j - y) * width + i - x) * 3] = Math.Max(shade, (byte)200);
                }
            return isWhole;
        }

        public void Dispose() { }

        private static byte Mean(byte[] shades, int width, int at)
        {
            var sum = 0;
            for (var i = 0; i < 16; i++)
                sum += shades[(at / width * 4 + i / 4) * width * 4 + at % width * 4 + i % 4];
            return (byte)((sum + 8) / 16);
        }
    }

    private static PatchKind[] Kinds(ISlide slide, bool readsBlank, TissueRule rule = TissueRule.White, double mpp = Mpp)
    {
        var view = new SlideView(slide, Mpp, mpp);
        var axis = new TileAxis(view.Width, Patch, Patch / 2, 8, 0);
        using var reader = new PatchReader(view, axis, axis, Patch, 4, rule, Tissue.WhiteThreshold, 2, readsBlank, default);
        return [.. reader.Batches().SelectMany(batch => batch.Places.ToArray())
            .Select(place => place.Kind == PatchKind.Blank ? PatchKind.White : place.Kind)];
    }

    /// <summary>A round spot of two pixels of the low level, which has 2 µm here, wherever it lies and however pale.</summary>
    [Property(MaxTest = 60)]
    public Property A_spot_of_tissue_is_never_lost() => Prop.ForAll(Gen.Choose(0, 8 * (Side - 8)).Two().Zip(Gen.Choose(0, 3)).ToArbitrary(), drawn =>
    {
        const double radius = 2.0 * 4 / 2;
        var ((x, y), shade) = ((drawn.Item1.Item1 / 8.0, drawn.Item1.Item2 / 8.0), new byte[] { 0, 140, 200, 220 }[drawn.Item2]);
        // Of a disc's edge pixels those belong to it that it has more than half of.
        var slide = new Pyramid((i, j) => Math.Pow(i + 0.5 - x - radius, 2) + Math.Pow(j + 0.5 - y - radius, 2) <= radius * radius ? shade : (byte)255);
        Assert.Equal(Kinds(slide, readsBlank: true), Kinds(slide, readsBlank: false));
    });

    [Theory]
    [InlineData(TissueRule.White)]
    [InlineData(TissueRule.Otsu)]
    public void White_is_hardly_read(TissueRule rule)
    {
        Pyramid Drawn() => new((x, y) => x is > 300 and < 500 && y is > 600 and < 800 ? (byte)90 : (byte)245);
        var (all, some) = (Drawn(), Drawn());
        Assert.Equal(Kinds(all, readsBlank: true, rule), Kinds(some, readsBlank: false, rule));
        Assert.True(all.Read[0] >= Side * Side);
        Assert.InRange(some.Read[0], 200 * 200, all.Read[0] * 2 / 3);
    }

    [Fact]
    public void Ground_that_is_not_much_brighter_than_the_threshold_is_read() =>
        Assert.True(ReadOf(new Pyramid((_, _) => 229))[0] >= Side * Side);

    [Fact]
    public void A_low_level_of_too_large_pixels_is_not_asked()
    {
        // 16 pixels of 0.5 µm are 8; 4 are 2.
        var read = ReadOf(new Pyramid((_, _) => 250));
        Assert.False(read.ContainsKey(0));
        Assert.False(read.ContainsKey(2));
    }

    [Fact]
    public void A_low_level_that_lacks_parts_is_not_asked()
    {
        var read = ReadOf(new Pyramid((_, _) => 250) { IsSparse = true });
        Assert.True(read[0] >= Side * Side);
        Assert.False(read.ContainsKey(1));
    }

    [Fact]
    public void What_cannot_be_read_in_the_low_level_is_looked_at_itself()
    {
        var read = ReadOf(new Pyramid((_, _) => 250) { Corrupt = (1, 1, 1) });
        Assert.InRange(read[0], 256 * 256, 512 * 512);
    }

    private static ConcurrentDictionary<int, long> ReadOf(Pyramid slide)
    {
        Kinds(slide, readsBlank: false);
        return slide.Read;
    }
}
