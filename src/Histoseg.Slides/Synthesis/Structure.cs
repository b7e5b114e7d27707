using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Synthesis;

/// <summary>Something of the tissue with an outline of its own: a gland, a tumour nest, a fat lobule. Lengths in µm.</summary>
internal abstract class Structure(Outline outline)
{
    /// <summary>Its border.</summary>
    public Outline Outline { get; } = outline;

    /// <summary>Whether fibres run round it (and not through it).</summary>
    public virtual bool BendsFibres => true;

    /// <summary>Changes the stains at a point where they so far show what lies below.</summary>
    public abstract void Shade(double x, double y, ref Stain stain);

    /// <summary>Adds its nuclei.</summary>
    public abstract void Populate(List<Nucleus> nuclei, ref CounterRandom random);

    /// <summary>Haematoxylin of a nucleus: one distribution for all kinds of cells, so that colour does not tell them apart.</summary>
    protected internal static float NuclearDensity(ref CounterRandom random) => (float)random.Range(1.05, 1.75);

    /// <summary>A round, small, dense nucleus.</summary>
    protected internal static Nucleus Lymphocyte(double x, double y, ref CounterRandom random)
    {
        var radius = random.Range(2.7, 3.4);
        return new Nucleus((float)x, (float)y, (float)radius, (float)(radius * random.Range(0.86, 1)), (float)random.Range(0, Math.PI),
            NuclearDensity(ref random), 0.03f, NucleusKind.Dense, (uint)random.NextBits());
    }

    /// <summary>Random points of the outline's surroundings that keep a distance from each other (dart throwing).</summary>
    /// <param name="spacing">Least distance, µm.</param>
    /// <param name="random">Where the darts are drawn from.</param>
    protected IEnumerable<(double X, double Y)> Scatter(double spacing, CounterRandom random)
    {
        var taken = new Dictionary<(int, int), (double X, double Y)>();
        var cell = spacing / Math.Sqrt(2);
        var reach = Outline.Reach;
        var darts = (int)(reach * reach * 4 / (spacing * spacing) * 5);
        for (var dart = 0; dart < darts; dart++)
        {
            var (x, y) = (Outline.X + random.Range(-reach, reach), Outline.Y + random.Range(-reach, reach));
            var (column, row) = ((int)Math.Floor(x / cell), (int)Math.Floor(y / cell));
            var free = true;
            for (var i = -2; i <= 2 && free; i++)
                for (var j = -2; j <= 2 && free; j++)
                    free = !taken.TryGetValue((column + i, row + j), out var other)
                        || Square(other.X - x) + Square(other.Y - y) >= spacing * spacing;
            if (!free) continue;
            taken[(column, row)] = (x, y);
            yield return (x, y);
        }
    }

    private static double Square(double value) => value * value;
}
