using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Synthesis;

/// <summary>
/// A nest of tumour: crowded, irregular epithelium with large, uneven, overlapping nuclei, split by thin bands of stroma, solid or with jagged lumens.
/// </summary>
internal sealed class TumourNest : Structure
{
    private readonly GradientNoise _noise;
    private readonly double _lobule;
    private readonly float _lumenLevel;

    public TumourNest(Outline outline, Outline? hole, ref CounterRandom random) : base(outline)
    {
        Hole = hole;
        _noise = new GradientNoise(random.NextBits());
        _lobule = random.Range(55, 90);
        _lumenLevel = random.Chance(0.45) ? 9 : (float)random.Range(0.3, 0.42);
    }

    /// <summary>An area of necrosis within that is no tumour, or null.</summary>
    public Outline? Hole { get; }

    /// <summary>Whether a point counts as tumour: within the outline and not in the hole.</summary>
    public bool Contains(double x, double y) => Outline.Depth(x, y) >= 0 && !(Hole?.Depth(x, y) >= 0);

    /// <inheritdoc/>
    public override void Shade(double x, double y, ref Stain stain)
    {
        var depth = (float)Outline.Depth(x, y);
        if (depth < -1) return;
        var (epithelium, lumen) = Parts(x, y, depth);
        var grain = _noise.Fractal(x / 4 + 50, y / 4, 2);
        stain.Blend(Shape.Step(epithelium, 0.8f), 0.2f + 0.1f * grain, 0.42f + 0.16f * grain);
        var debris = Math.Max(0, _noise.At(x / 6, y / 6 + 80)) * 0.5f;
        stain.Blend(Shape.Step(lumen, 0.8f), 0.02f + 0.4f * debris, 0.03f + debris);
        if (Hole is null) return;
        var dead = (float)Hole.Depth(x, y);
        if (dead < -2) return;
        var crumbs = _noise.Fractal(x / 5, y / 5 + 30, 3);
        stain.Blend(Shape.Step(dead + 3 * crumbs, 1.5f), 0.13f + 0.12f * crumbs, 0.5f + 0.35f * crumbs);
    }

    /// <inheritdoc/>
    public override void Populate(List<Nucleus> nuclei, ref CounterRandom random)
    {
        foreach (var (x, y) in Scatter(9.1, new CounterRandom(random.NextBits())))
        {
            var depth = (float)Outline.Depth(x, y);
            if (depth < 1.5f) continue;
            if (Hole?.Depth(x, y) is > -3 and var dead)
            {
                if (dead > 2 && random.Chance(0.3)) nuclei.Add(Crumb(x, y, ref random));
                continue;
            }
            var (epithelium, lumen) = Parts(x, y, depth);
            if (epithelium < 1.5f || lumen > -2.5f) continue;
            nuclei.Add(random.Chance(0.012) ? Mitosis(x, y, ref random) : Pleomorphic(x, y, ref random));
        }
    }

    // How far inside the epithelium and inside a lumen a point lies, µm, negative outside.
    private (float Epithelium, float Lumen) Parts(double x, double y, float depth)
    {
        // Bands of stroma run where a smooth function changes sign; their width varies and falls to nothing.
        var band = MathF.Abs(_noise.Fractal(x / _lobule, y / _lobule, 2)) * (float)_lobule * 0.75f;
        var width = 2.2f + 7 * _noise.At(x / 80 + 40, y / 80);
        var lumen = _lumenLevel > 1 ? -9 : (_noise.At(x / 26, y / 26 + 40) - _lumenLevel) * 24;
        lumen = Math.Min(lumen, Math.Min(depth, band - width) - 11);
        return (Math.Min(depth, band - width), lumen);
    }

    private static Nucleus Pleomorphic(double x, double y, ref CounterRandom random)
    {
        var size = Math.Clamp(4.7 * Math.Exp(0.2 * random.Normal()), 3.4, 8.5);
        var stretch = Math.Sqrt(random.Range(1, 1.75));
        return new Nucleus((float)x, (float)y, (float)(size * stretch), (float)(size / stretch), (float)random.Range(0, Math.PI),
            NuclearDensity(ref random), (float)random.Range(0.05, 0.17), NucleusKind.Vesicular, (uint)random.NextBits());
    }

    private static Nucleus Mitosis(double x, double y, ref CounterRandom random) =>
        new((float)x, (float)y, (float)random.Range(4.2, 5.5), (float)random.Range(1.3, 2), (float)random.Range(0, Math.PI),
            2.1f, 0.16f, NucleusKind.Mitosis, (uint)random.NextBits());

    private static Nucleus Crumb(double x, double y, ref CounterRandom random)
    {
        var size = random.Range(0.7, 2);
        return new Nucleus((float)x, (float)y, (float)size, (float)size, 0, NuclearDensity(ref random), 0.1f, NucleusKind.Dense, (uint)random.NextBits());
    }
}
