using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Synthesis;

/// <summary>Fat: large empty round cells between thin pink walls, now and then a flat nucleus in a wall.</summary>
internal sealed class FatLobule : Structure
{
    private const double CellSize = 52;
    private readonly GradientNoise _noise;

    public FatLobule(Outline outline, ref CounterRandom random) : base(outline) => _noise = new GradientNoise(random.NextBits());

    /// <inheritdoc/>
    public override void Shade(double x, double y, ref Stain stain)
    {
        var depth = (float)Outline.Depth(x, y);
        if (depth < -2) return;
        var (wall, whole) = Cell(x, y);
        if (whole) stain.Blend(Shape.Step((float)wall - 1.3f, 0.8f), 0, 0.004f);
    }

    /// <inheritdoc/>
    public override void Populate(List<Nucleus> nuclei, ref CounterRandom random)
    {
        foreach (var (x, y) in Scatter(16, new CounterRandom(random.NextBits())))
        {
            if (Outline.Depth(x, y) < 5 || WallDistance(x, y) > 1 || !random.Chance(0.7)) continue;
            var alongX = WallDistance(x + 1, y) - WallDistance(x - 1, y);
            var alongY = WallDistance(x, y + 1) - WallDistance(x, y - 1);
            nuclei.Add(new Nucleus((float)x, (float)y, 4.2f, 1.3f, (float)(Math.Atan2(alongY, alongX) + Math.PI / 2),
                NuclearDensity(ref random), 0.02f, NucleusKind.Dense, (uint)random.NextBits()));
        }
    }

    private double WallDistance(double x, double y) => Cell(x, y).Wall;

    // Wall: half the difference between the distances to the second-nearest and the nearest cell centre, 0 on a wall.
    // Whole: the cell's centre lies well inside, so that the lobule ends in round bays and not in a straight cut.
    private (double Wall, bool Whole) Cell(double x, double y)
    {
        x += 5 * _noise.At(x / 40, y / 40);
        y += 5 * _noise.At(x / 40 + 30, y / 40);
        var (column, row) = ((int)Math.Floor(x / CellSize), (int)Math.Floor(y / CellSize));
        var (first, second, whole) = (double.MaxValue, double.MaxValue, false);
        for (var i = -1; i <= 1; i++)
            for (var j = -1; j <= 1; j++)
            {
                var dx = (column + i + 0.15 + 0.7 * _noise.Cell(column + i, row + j, 1)) * CellSize - x;
                var dy = (row + j + 0.15 + 0.7 * _noise.Cell(column + i, row + j, 2)) * CellSize - y;
                var distance = Math.Sqrt(dx * dx + dy * dy);
                if (distance < first) (first, second, whole) = (distance, first, Outline.Depth(x + dx, y + dy) > 0.55 * CellSize);
                else if (distance < second) second = distance;
            }
        return (0.5 * (second - first), whole);
    }
}
