using System.Runtime.CompilerServices;

namespace Histoseg.Slides.Synthesis;

/// <summary>Smooth random functions of the plane (Perlin's gradient noise on a hashed lattice). Values lie about in −0.7 … 0.7, mean 0.</summary>
internal readonly struct GradientNoise(ulong seed)
{
    private readonly uint _seed = (uint)(Sampling.CounterRandom.Mix(seed) >> 16);

    /// <summary>The noise at a point; the lattice has unit spacing, so divide coordinates by the feature size.</summary>
    public float At(double x, double y)
    {
        var column = (int)Math.Floor(x);
        var row = (int)Math.Floor(y);
        var u = (float)(x - column);
        var v = (float)(y - row);
        var top = Lerp(Fade(u), Gradient(column, row, u, v), Gradient(column + 1, row, u - 1, v));
        var bottom = Lerp(Fade(u), Gradient(column, row + 1, u, v - 1), Gradient(column + 1, row + 1, u - 1, v - 1));
        return Lerp(Fade(v), top, bottom);
    }

    /// <summary>Noise with finer detail added: each octave has twice the frequency and half the height of the one before.</summary>
    public float Fractal(double x, double y, int octaves)
    {
        var sum = 0f;
        var height = 1f;
        for (var octave = 0; octave < octaves; octave++)
        {
            sum += height * At(x + 19.7 * octave, y - 7.3 * octave);
            x *= 2;
            y *= 2;
            height *= 0.5f;
        }
        return sum;
    }

    /// <summary>A number in [0, 1) of a lattice cell.</summary>
    public float Cell(int column, int row, uint salt) => Hash(column, row, _seed + salt) * (1f / 4294967296f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private float Gradient(int column, int row, float u, float v)
    {
        // The top two bytes of the hash are the gradient's components: cheaper than a unit vector and as good to the eye.
        var hash = Hash(column, row, _seed);
        return (((hash >> 24) * u) + (((hash >> 16) & 255) * v)) * (1.4f / 127.5f) - 1.4f * (u + v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Hash(int column, int row, uint seed)
    {
        var h = seed ^ ((uint)column * 0x85EBCA6Bu) ^ ((uint)row * 0xC2B2AE35u);
        h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
        h = (h ^ (h >> 12)) * 0x297A2D39u;
        return h ^ (h >> 15);
    }

    private static float Fade(float t) => t * t * t * (t * (t * 6 - 15) + 10);

    private static float Lerp(float t, float a, float b) => a + t * (b - a);
}
