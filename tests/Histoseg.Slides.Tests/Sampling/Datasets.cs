using Histoseg.Slides.Sampling;
using Histoseg.Slides.Tests.Fakes;

namespace Histoseg.Slides.Tests.Sampling;

/// <summary>Small datasets in memory.</summary>
internal static class Datasets
{
    /// <summary>Pink tissue whose texture is hashed noise, with a disc of class 1 and a small one of class 2; the right quarter is glass.</summary>
    public static PaintedSlide Slide(int seed = 0) => new(800, 600,
        (x, y) => Disc(x, y, 300, 200, 60) ? (byte)1 : Disc(x, y, 120, 500, 25) ? (byte)2 : (byte)0,
        (x, y) =>
            x >= 600 ? ((byte)245, (byte)245, (byte)245)
                : ((byte)(150 + Noise(x, y, seed)), (byte)(80 + Noise(x, y, seed + 1)), (byte)(120 + Noise(x, y, seed + 2))));

    public static SlideDataset Build(PatchGrid grid, params PaintedSlide[] slides) =>
        SlideDataset.Build([.. slides.Select((s, i) => new DatasetSlide($"slide {i}", new SlideView(s, 1, 1), s))], grid);

    public static SlideDataset Build() => Build(new PatchGrid(64, 64, 3), Slide(), Slide(5));

    private static bool Disc(double x, double y, double cx, double cy, double radius) => (x - cx) * (x - cx) + (y - cy) * (y - cy) < radius * radius;

    private static int Noise(int x, int y, int seed) => (int)(CounterRandom.Mix((ulong)(x * 7919 + y * 104729 + seed)) & 63);
}
