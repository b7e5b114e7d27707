using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Synthesis;

/// <summary>Where everything of a synthetic slide lies. Lengths in µm.</summary>
internal sealed class TissueLayout
{
    // Border between tissue and glass: a rounded box whose edge is moved by noise of this size.
    private readonly double _raggedness, _margin;
    private readonly GradientNoise _edge, _patches;
    private readonly OccupancyMap _map;

    /// <summary>Lays out a slide.</summary>
    public TissueLayout(double width, double height, ulong seed)
    {
        (Width, Height) = (width, height);
        var random = new CounterRandom(seed, 1);
        var side = Math.Min(width, height);
        _raggedness = Math.Min(85, 0.08 * side);
        _margin = Math.Min(110, 0.09 * side);
        _edge = new GradientNoise(random.NextBits());
        _patches = new GradientNoise(random.NextBits());
        _map = new OccupancyMap(width, height, (x, y) => TissueDepth(x, y) > 6);
        PlaceNests(side, ref random);
        PlaceOthers(side, ref random);
        Fibres = new FibreTexture(this, random.NextBits());
        foreach (var structure in Structures) structure.Populate(Nuclei, ref random);
        ScatterStromalCells(ref random);
    }

    public double Width { get; }

    public double Height { get; }

    /// <summary>Glands, nests and so on; they do not overlap.</summary>
    public List<Structure> Structures { get; } = [];

    /// <summary>The structures that are tumour.</summary>
    public IEnumerable<TumourNest> Nests => Structures.OfType<TumourNest>();

    /// <summary>All nuclei in the order they are drawn.</summary>
    public List<Nucleus> Nuclei { get; } = [];

    /// <summary>The fibres of the stroma.</summary>
    public FibreTexture Fibres { get; }

    /// <summary>About how far inside the tissue a point lies, negative on the glass.</summary>
    public double TissueDepth(double x, double y)
    {
        var radius = 2.5 * _margin;
        var dx = Math.Max(0, Math.Abs(x - Width / 2) - (Width / 2 - _margin - radius));
        var dy = Math.Max(0, Math.Abs(y - Height / 2) - (Height / 2 - _margin - radius));
        var depth = radius - Math.Sqrt(dx * dx + dy * dy);
        // So far inside that the noise cannot reach: spares most pixels its cost.
        if (depth > 2.2 * _raggedness + 20) return depth;
        return depth + _raggedness * 1.5 * _edge.Fractal(x / (4 * _raggedness), y / (4 * _raggedness), 4);
    }

    /// <summary>Slow variation over the tissue, about −0.7…0.7: cellularity, looseness.</summary>
    public float Patchiness(double x, double y) => _patches.Fractal(x / 170, y / 170, 2);

    private void PlaceNests(double side, ref CounterRandom random)
    {
        var wanted = random.Range(0.24, 0.31) * _map.FreeArea;
        var large = side >= 1300 ? random.Range(302, 330) : 0.2 * side;
        wanted -= PlaceNest(large, ref random);
        for (var small = 0; small < 3; small++) wanted -= PlaceNest(Math.Min(random.Range(30, 47), 0.1 * side), ref random);
        for (var attempt = 0; attempt < 60 && wanted > 0; attempt++)
        {
            var radius = Math.Min(50 * Math.Exp(random.Range(0, 1.25)), 0.16 * side);
            wanted -= PlaceNest(Math.Min(radius, Math.Sqrt(wanted / Math.PI) + 20), ref random);
        }
    }

    private double PlaceNest(double radius, ref CounterRandom random)
    {
        if (Place(radius, 1.6, 0.14, 9, 14, ref random) is not var (outline, area)) return 0;
        Outline? hole = null;
        if (outline.Radius > 150)
        {
            var (angle, off) = (random.Range(0, 2 * Math.PI), 0.25 * outline.Radius * random.NextDouble());
            hole = new Outline(outline.X + off * Math.Cos(angle), outline.Y + off * Math.Sin(angle),
                outline.Radius * random.Range(0.22, 0.32), 1.4, 0.14, 7, ref random);
            area -= Math.PI * hole.Radius * hole.Radius;
        }
        Structures.Add(new TumourNest(outline, hole, ref random));
        return area;
    }

    private void PlaceOthers(double side, ref CounterRandom random)
    {
        var tissue = _map.FreeArea;
        if (random.Chance(0.8))
        {
            var size = Math.Min(random.Range(110, 200), 0.14 * side);
            if (Place(size, 1.7, 0.1, 6, 12, ref random) is var (outline, _)) Structures.Add(new FatLobule(outline, ref random));
        }
        var crowd = random.Range(0.09, 0.13) * tissue;
        for (var attempt = 0; attempt < 30 && crowd > 0; attempt++)
        {
            if (Place(Math.Min(random.Range(45, 135), 0.1 * side), 1.8, 0.12, 6, 10, ref random) is not var (outline, area)) continue;
            Structures.Add(new LymphoidAggregate(outline));
            crowd -= area;
        }
        for (var vessel = 0; vessel < tissue / 60000; vessel++)
            if (Place(random.Range(9, 26), 1.9, 0.06, 3, 5, ref random) is var (outline, _))
                Structures.Add(new Vessel(outline, ref random));
        var glands = random.Range(0.26, 0.34) * tissue;
        for (var attempt = 0; attempt < 4000 && glands > 0; attempt++)
        {
            if (Place(random.Range(27, 52), 1.7, 0.04, 4, 5, ref random, tries: 1) is not var (outline, area)) continue;
            Structures.Add(new Gland(outline, ref random));
            glands -= area;
        }
    }

    // Tries places at random; a shape that finds none is made smaller.
    private (Outline Outline, double Area)? Place(
        double radius, double stretch, double irregularity, int harmonics, double gap, ref CounterRandom random, int tries = 80)
    {
        for (var attempt = 0; attempt < tries; attempt++)
        {
            var outline = new Outline(random.Range(0, Width), random.Range(0, Height), radius, stretch, irregularity, harmonics, ref random);
            if (_map.IsFree(outline.X, outline.Y) && _map.TryTake(outline, gap) is > 0 and var area) return (outline, area);
            if (attempt % 20 == 19) radius *= 0.93;
        }
        return null;
    }

    private void ScatterStromalCells(ref CounterRandom random)
    {
        const double Spacing = 15;
        for (var row = 0; row < Height / Spacing; row++)
            for (var column = 0; column < Width / Spacing; column++)
            {
                var (x, y) = ((column + random.NextDouble()) * Spacing, (row + random.NextDouble()) * Spacing);
                var kind = random.NextDouble();
                if (kind > 0.42 + 0.5 * Patchiness(x, y) || !_map.IsFree(x, y)) continue;
                Nuclei.Add(kind < 0.07 ? Structure.Lymphocyte(x, y, ref random) : Spindle(x, y, ref random));
            }
        // Specks of dust lie anywhere, on the glass too.
        for (var speck = 0; speck < Width * Height / 150000; speck++)
        {
            var size = random.Range(0.6, 2.2);
            Nuclei.Add(new Nucleus((float)random.Range(0, Width), (float)random.Range(0, Height), (float)size, (float)(size * random.Range(0.4, 1)),
                (float)random.Range(0, Math.PI), 0.6f, 0.15f, NucleusKind.Dense, (uint)random.NextBits()));
        }
    }

    private Nucleus Spindle(double x, double y, ref CounterRandom random)
    {
        var (dx, dy) = Fibres.Direction(x, y);
        return new Nucleus((float)x, (float)y, (float)random.Range(4.2, 8), (float)random.Range(1.2, 2), (float)(Math.Atan2(dy, dx) + 0.15 * random.Normal()),
            Structure.NuclearDensity(ref random), 0.04f, NucleusKind.Dense, (uint)random.NextBits());
    }
}
