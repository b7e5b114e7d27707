using System.Numerics;
using System.Runtime.CompilerServices;

namespace Histoseg.Engine.Backends.Cpu.Convolution;

/// <summary>
/// The transforms of Winograd's minimal filtering (Lavin and Gray 2016), F(4×4, 3×3): 36 products make 16 outputs of a 3×3 kernel that take 144 otherwise;
/// and F(3×3, 4×4), which is the same for the kernel's gradient. Vectors hold channels.
/// </summary>
/// <remarks>
/// Polynomials are evaluated at 0, ±5/8, ±3/2 and ∞ instead of the usual 0, ±1, ±2 and ∞: the factors of the transforms are nearer to 1, and rounding costs
/// a third of the error. With points ±a and ±b the rows of Bᵀ are the coefficients of x(x² − a²)(x² − b²) divided by one root each.
/// </remarks>
internal static unsafe class WinogradTransform
{
    /// <summary>Outputs of a tile along one side.</summary>
    public const int Side = 4;

    /// <summary>Inputs of a tile along one side, and products per side.</summary>
    public const int Patch = 6;

    /// <summary>Products of a tile.</summary>
    public const int Products = Patch * Patch;

    private const float A = 0.625f, B = 1.5f, A2 = A * A, B2 = B * B, Product = A2 * B2, Sum = A2 + B2;
    private const float ScaleA = 1 / (2 * A2 * (A2 - B2)), ScaleB = 1 / (2 * B2 * (B2 - A2));

    /// <summary>Six inputs of a row or column into six factors: Bᵀ of the method.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(Vector<float>* d, int step, Vector<float>* to, int toStep)
    {
        Vector<float> d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
        Vector<float> evenA = d4 - d2 * B2, oddA = (d3 - d1 * B2) * A;
        Vector<float> evenB = d4 - d2 * A2, oddB = (d3 - d1 * A2) * B;
        to[0] = d0 * Product - d2 * Sum + d4;
        to[toStep] = evenA + oddA;
        to[2 * toStep] = evenA - oddA;
        to[3 * toStep] = evenB + oddB;
        to[4 * toStep] = evenB - oddB;
        to[5 * toStep] = d1 * Product - d3 * Sum + d5;
    }

    /// <summary>A vector of channels of a tile's 36 source pixels into 36 factors, row by row.</summary>
    /// <param name="pixels">Where the pixels lie; null: zero.</param>
    /// <param name="areInside">Whether none is null.</param>
    /// <param name="channel">The vector's first channel.</param>
    /// <param name="half">Room for 36 vectors.</param>
    /// <param name="to">Receives the factors.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Source(float** pixels, bool areInside, int channel, Vector<float>* half, Vector<float>* to)
    {
        if (areInside)
            for (var i = 0; i < Products; i++)
                to[i] = Vector.Load(pixels[i] + channel);
        else
            for (var i = 0; i < Products; i++)
                to[i] = pixels[i] == null ? Vector<float>.Zero : Vector.Load(pixels[i] + channel);
        for (var column = 0; column < Patch; column++)
            Input(to + column, Patch, half + column, Patch);
        for (var row = 0; row < Patch; row++)
            Input(half + Patch * row, 1, to + Patch * row, 1);
    }

    /// <summary>Three taps of a row or column into six factors: G of the method.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Weight(Vector<float>* g, int step, Vector<float>* to, int toStep)
    {
        Vector<float> g0 = g[0], g1 = g[step], g2 = g[2 * step];
        Vector<float> evenA = (g0 + g2 * A2) * ScaleA, oddA = g1 * (A * ScaleA);
        Vector<float> evenB = (g0 + g2 * B2) * ScaleB, oddB = g1 * (B * ScaleB);
        to[0] = g0 * (1 / Product);
        to[toStep] = evenA + oddA;
        to[2 * toStep] = evenA - oddA;
        to[3 * toStep] = evenB + oddB;
        to[4 * toStep] = evenB - oddB;
        to[5 * toStep] = g2;
    }

    /// <summary>Six products of a row or column into four outputs: Aᵀ of the method.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output(Vector<float>* m, int step, Vector<float>* to, int toStep)
    {
        Vector<float> evenA = m[step] + m[2 * step], oddA = m[step] - m[2 * step];
        Vector<float> evenB = m[3 * step] + m[4 * step], oddB = m[3 * step] - m[4 * step];
        to[0] = m[0] + evenA + evenB;
        to[toStep] = oddA * A + oddB * B;
        to[2 * toStep] = evenA * A2 + evenB * B2;
        to[3 * toStep] = oddA * (A2 * A) + oddB * (B2 * B) + m[5 * step];
    }

    /// <summary>Four gradients of a row or column into six factors: G of F(3×3, 4×4), which sums a 3×3 kernel's gradient over tiles of 4×4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Gradient(Vector<float>* g, int step, Vector<float>* to, int toStep)
    {
        Vector<float> g0 = g[0], g1 = g[step], g2 = g[2 * step], g3 = g[3 * step];
        Vector<float> evenA = (g0 + g2 * A2) * ScaleA, oddA = (g1 + g3 * A2) * (A * ScaleA);
        Vector<float> evenB = (g0 + g2 * B2) * ScaleB, oddB = (g1 + g3 * B2) * (B * ScaleB);
        to[0] = g0 * (1 / Product);
        to[toStep] = evenA + oddA;
        to[2 * toStep] = evenA - oddA;
        to[3 * toStep] = evenB + oddB;
        to[4 * toStep] = evenB - oddB;
        to[5 * toStep] = g3;
    }

    /// <summary>Six sums of products of a row or column into the gradients of three taps: Aᵀ of F(3×3, 4×4).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Taps(Vector<float>* m, int step, Vector<float>* to, int toStep)
    {
        Vector<float> evenA = m[step] + m[2 * step], oddA = m[step] - m[2 * step];
        Vector<float> evenB = m[3 * step] + m[4 * step], oddB = m[3 * step] - m[4 * step];
        to[0] = m[0] + evenA + evenB;
        to[toStep] = oddA * A + oddB * B;
        to[2 * toStep] = evenA * A2 + evenB * B2 + m[5 * step];
    }
}
