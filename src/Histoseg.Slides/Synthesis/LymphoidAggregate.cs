using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Synthesis;

/// <summary>A dense crowd of lymphocytes: small round nuclei, hardly any cytoplasm, as dark as tumour nuclei.</summary>
internal sealed class LymphoidAggregate(Outline outline) : Structure(outline)
{
    /// <inheritdoc/>
    public override bool BendsFibres => false;

    /// <inheritdoc/>
    public override void Shade(double x, double y, ref Stain stain)
    {
        var depth = (float)Outline.Depth(x, y);
        if (depth > -8) stain.Blend(0.65f * Shape.Step(depth, 8), 0.2f, 0.4f);
    }

    /// <inheritdoc/>
    public override void Populate(List<Nucleus> nuclei, ref CounterRandom random)
    {
        foreach (var (x, y) in Scatter(5.3, new CounterRandom(random.NextBits())))
        {
            // The crowd thins out over its border.
            var depth = Outline.Depth(x, y) + 7 * random.Normal();
            if (depth > 0 && random.Chance(0.93)) nuclei.Add(Lymphocyte(x, y, ref random));
        }
    }
}
