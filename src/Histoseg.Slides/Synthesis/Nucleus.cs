namespace Histoseg.Slides.Synthesis;

/// <summary>What a nucleus looks like inside.</summary>
internal enum NucleusKind : byte
{
    /// <summary>Evenly dark with fine clumps: lymphocytes, normal epithelium, fibroblasts.</summary>
    Dense,
    /// <summary>A dark rim, open chromatin and nucleoli: tumour cells.</summary>
    Vesicular,
    /// <summary>A ragged dark plate in a cleared cell.</summary>
    Mitosis,
}

/// <summary>One nucleus as it is drawn. Lengths in µm.</summary>
/// <param name="X">Centre.</param>
/// <param name="Y">Centre.</param>
/// <param name="Long">Half the long axis.</param>
/// <param name="Short">Half the short axis.</param>
/// <param name="Angle">Direction of the long axis, radians.</param>
/// <param name="Density">Haematoxylin in it, on average.</param>
/// <param name="Irregularity">Height of the bumps of its outline as a share of the radius.</param>
/// <param name="Kind">Its inner look.</param>
/// <param name="Seed">Makes it differ from others.</param>
internal readonly record struct Nucleus(
    float X, float Y, float Long, float Short, float Angle, float Density, float Irregularity, NucleusKind Kind, uint Seed)
{
    /// <summary>Nothing of it is drawn farther from its centre than this, µm.</summary>
    public float Reach => Kind == NucleusKind.Mitosis ? 9 : Long * (1 + 1.6f * Irregularity) + 1;

    /// <summary>Draws it over the stains of a tile.</summary>
    public void Paint(StainTile tile, float softness, GradientNoise noise)
    {
        var (sin, cos) = MathF.SinCos(Angle);
        var chromatin = 200 * (Seed & 1023);
        var (phase2, phase3) = ((Seed >> 10 & 63) * 0.0982f, (Seed >> 16 & 63) * 0.0982f);
        var (c2, s2, c3, s3) = (MathF.Cos(phase2), MathF.Sin(phase2), MathF.Cos(phase3), MathF.Sin(phase3));
        var area = tile.PixelsWithin(X, Y, Reach);
        for (var row = area.Top; row < area.Bottom; row++)
            for (var column = area.Left; column < area.Right; column++)
            {
                var (dx, dy) = (tile.MicronsX(column) - X, tile.MicronsY(row) - Y);
                var (u, v) = (cos * dx + sin * dy, cos * dy - sin * dx);
                ref var stain = ref tile.At(column, row);
                if (Kind == NucleusKind.Mitosis) stain.Fade(0.4f * Shape.Step(7.5f - MathF.Sqrt(u * u + v * v), 1.2f));
                u /= Long;
                v /= Short;
                var radius = MathF.Sqrt(u * u + v * v) + 1e-6f;
                var (cosine, sine) = (u / radius, v / radius);
                var (double1, double2) = (cosine * cosine - sine * sine, 2 * sine * cosine);
                var edge = 1 + Irregularity * (c2 * double1 + s2 * double2
                    + 0.7f * (c3 * (double1 * cosine - double2 * sine) + s3 * (double2 * cosine + double1 * sine)));
                var depth = (edge - radius) * Short;
                var cover = Shape.Step(depth, softness);
                if (cover <= 0) continue;
                stain.Cover(cover, Density * Chromatin(depth, radius, noise, dx + chromatin, dy));
            }
    }

    // About 1 on average for every kind, so that kinds differ in texture and not in colour.
    private float Chromatin(float depth, float radius, GradientNoise noise, float x, float y)
    {
        if (Kind == NucleusKind.Mitosis) return 1 + 0.3f * noise.At(x / 0.9f, y / 0.9f);
        if (Kind == NucleusKind.Dense) return 1 + 0.45f * noise.At(x / 1.4f, y / 1.4f);
        var rim = MathF.Exp(-depth * depth / 0.8f);
        var clumps = noise.At(x / 1.7f, y / 1.7f);
        var nucleolus = Shape.Step(1.1f - MathF.Sqrt(Square(radius * Short - 1.2f) + Square(clumps * 3)), 0.5f);
        return 0.88f + 0.3f * rim + 0.75f * clumps + 0.45f * nucleolus;
    }

    private static float Square(float value) => value * value;
}
