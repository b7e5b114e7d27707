using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Synthesis;

/// <summary>A small blood vessel: a pink wall with flat nuclei round a lumen with red cells.</summary>
internal sealed class Vessel : Structure
{
    private readonly double _wall;
    private readonly (double X, double Y)[] _cells;

    public Vessel(Outline outline, ref CounterRandom random) : base(outline)
    {
        _wall = Math.Min(random.Range(2.5, 9), outline.Radius * 0.45);
        var filled = random.Range(0, 0.8);
        var cells = new List<(double, double)>();
        foreach (var (x, y) in Scatter(5.2, new CounterRandom(random.NextBits())))
            if (outline.Depth(x, y) > _wall + 3.2 && random.Chance(filled))
                cells.Add((x, y));
        _cells = [.. cells];
    }

    /// <inheritdoc/>
    public override void Shade(double x, double y, ref Stain stain)
    {
        var depth = (float)Outline.Depth(x, y);
        if (depth < -1) return;
        stain.Blend(0.8f * Shape.Step(depth, 1), 0.08f, 0.6f);
        stain.Blend(Shape.Step(depth - (float)_wall, 0.8f), 0, 0.02f);
        foreach (var (cx, cy) in _cells)
        {
            var (dx, dy) = ((float)(x - cx), (float)(y - cy));
            var radius = MathF.Sqrt(dx * dx + dy * dy);
            if (radius < 4) stain.Blend(Shape.Step(3.1f - radius, 0.5f), 0.03f, 0.62f + 0.1f * radius);
        }
    }

    /// <inheritdoc/>
    public override void Populate(List<Nucleus> nuclei, ref CounterRandom random)
    {
        var count = (int)(2 * Math.PI * Outline.Radius / 14);
        for (var i = 0; i < count; i++)
        {
            var angle = 2 * Math.PI * (i + random.Range(0, 0.7)) / count;
            var (x, y) = Outline.At(angle);
            var (nextX, nextY) = Outline.At(angle + 0.05);
            var inward = _wall * random.Range(0.4, 0.9) / Outline.Radius;
            nuclei.Add(new Nucleus(
                (float)(x + inward * (Outline.X - x)), (float)(y + inward * (Outline.Y - y)), (float)random.Range(3.5, 5.5), (float)random.Range(1.1, 1.6),
                (float)Math.Atan2(nextY - y, nextX - x), NuclearDensity(ref random), 0.03f, NucleusKind.Dense, (uint)random.NextBits()));
        }
    }
}
