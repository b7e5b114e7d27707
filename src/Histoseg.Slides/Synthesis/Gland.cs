using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Synthesis;

/// <summary>A normal gland: one row of regular nuclei at the base, pale cytoplasm with mucin vacuoles, an open lumen.</summary>
internal sealed class Gland : Structure
{
    private readonly Outline _lumen;
    private readonly (double X, double Y, double Radius)[] _vacuoles;
    private readonly GradientNoise _noise;

    public Gland(Outline outline, ref CounterRandom random) : base(outline)
    {
        // Some are cut near the bottom of the tube: a small lumen or hardly any.
        var opening = outline.Radius - random.Range(19, 25);
        _lumen = new Outline(outline.X + random.Range(-3, 3), outline.Y + random.Range(-3, 3), Math.Max(2, opening), 1.25, 0.07, 4, ref random);
        _noise = new GradientNoise(random.NextBits());
        var mucinous = random.Range(0.2, 0.9);
        var vacuoles = new List<(double, double, double)>();
        var steps = (int)(2 * Math.PI * outline.Radius / 11);
        for (var i = 0; i < steps; i++)
        {
            if (!random.Chance(mucinous)) continue;
            var (x, y) = outline.At(2 * Math.PI * (i + random.Range(0, 0.6)) / steps);
            var inward = random.Range(12, 15) / outline.Radius;
            vacuoles.Add((x + inward * (outline.X - x), y + inward * (outline.Y - y), random.Range(2.6, 4.4)));
        }
        _vacuoles = [.. vacuoles];
    }

    /// <inheritdoc/>
    public override void Shade(double x, double y, ref Stain stain)
    {
        var depth = (float)Outline.Depth(x, y);
        if (depth < -3) return;
        stain.Eosin += 0.16f * MathF.Exp(-(depth + 0.8f) * (depth + 0.8f));
        if (depth < -0.7f) return;
        var lumen = (float)_lumen.Depth(x, y);
        var height = Math.Clamp(depth / (depth - Math.Min(lumen, -0.1f)), 0, 1);
        var grain = _noise.Fractal(x / 4, y / 4, 2);
        stain.Blend(Shape.Step(depth, 0.7f), 0.24f - 0.1f * height + 0.1f * grain, 0.46f - 0.1f * height + 0.16f * grain);
        foreach (var (vx, vy, radius) in _vacuoles)
        {
            var (dx, dy) = ((float)(x - vx), (float)(y - vy));
            var inside = (float)radius - MathF.Sqrt(dx * dx + dy * dy);
            if (inside > -0.8f) stain.Blend(0.85f * Shape.Step(inside, 0.8f), 0.1f, 0.1f);
        }
        stain.Eosin += 0.15f * MathF.Exp(-(lumen + 1) * (lumen + 1));
        var secretion = Math.Max(0, _noise.At(x / 13, y / 13)) * 0.35f;
        stain.Blend(Shape.Step(lumen, 0.8f), 0.02f + 0.2f * secretion, 0.02f + secretion);
    }

    /// <inheritdoc/>
    public override void Populate(List<Nucleus> nuclei, ref CounterRandom random)
    {
        var count = (int)(2 * Math.PI * Outline.Radius / random.Range(5.2, 6.2));
        for (var i = 0; i < count; i++)
        {
            var (x, y) = Outline.At(2 * Math.PI * (i + random.Range(-0.15, 0.15)) / count);
            var (inX, inY) = (Outline.X - x, Outline.Y - y);
            var distance = Math.Sqrt(inX * inX + inY * inY);
            var inward = random.Range(5.2, 7.4) / distance;
            nuclei.Add(new Nucleus(
                (float)(x + inward * inX), (float)(y + inward * inY),
                (float)random.Range(3.6, 4.7), (float)random.Range(2.1, 2.7),
                (float)(Math.Atan2(inY, inX) + 0.12 * random.Normal()),
                NuclearDensity(ref random), 0.04f, NucleusKind.Dense, (uint)random.NextBits()));
        }
    }
}
