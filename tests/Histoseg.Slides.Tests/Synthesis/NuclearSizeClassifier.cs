using Histoseg.Slides.Synthesis;

namespace Histoseg.Slides.Tests.Synthesis;

/// <summary>What the crudest look at shape can do: the share of ground near a pixel that lies deep inside large dark spots.</summary>
internal sealed class NuclearSizeClassifier
{
    private const int Step = 4;
    private readonly double _cut;

    public NuclearSizeClassifier(SyntheticSlide slide)
    {
        var samples = Samples(slide).OrderByDescending(s => s.Share).ToList();
        var (truth, taken, hit, best) = (samples.Count(s => s.Tumour), 0, 0, 0.0);
        foreach (var (share, tumour) in samples)
        {
            taken++;
            if (tumour) hit++;
            var dice = 2.0 * hit / (truth + taken);
            if (dice > best) (best, _cut) = (dice, share);
        }
    }

    public double Dice(SyntheticSlide slide)
    {
        var (truth, taken, hit) = (0, 0, 0);
        foreach (var (share, tumour) in Samples(slide))
        {
            if (tumour) truth++;
            if (share >= _cut) taken++;
            if (share >= _cut && tumour) hit++;
        }
        return 2.0 * hit / (truth + taken);
    }

    private static IEnumerable<(double Share, bool Tumour)> Samples(SyntheticSlide slide)
    {
        // A square of 6.5 µm fits into few nuclei of lymphocytes or glands and into many of the tumour.
        var inside = (int)(3.25 / slide.MicronsPerPixel);
        var near = (int)(30 / slide.MicronsPerPixel);
        var (width, height, margin) = (slide.Width, slide.Height, near + inside);
        var dark = BoxSum.Of(width, height, i => slide.Rgb[3 * i] < 150 ? 1 : 0);
        var wanted = (2 * inside + 1) * (2 * inside + 1) * 0.97;
        var deep = BoxSum.Of(width, height, i =>
        {
            var (x, y) = (i % width, i / width);
            return x >= inside && y >= inside && x < width - inside && y < height - inside && dark.Within(x, y, inside) >= wanted ? 1 : 0;
        });
        for (var y = margin; y < height - margin; y += Step)
            for (var x = margin; x < width - margin; x += Step)
                yield return (deep.Within(x, y, near), slide.IsTumour(x, y));
    }
}
