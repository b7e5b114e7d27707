using Histoseg.Slides.Sampling;

namespace Histoseg.Slides.Synthesis;

/// <summary>
/// How one slide was stained and scanned: optical densities of haematoxylin and eosin, strengths, the white of the glass. Drawn per slide so that colours
/// differ between slides as between laboratories.
/// </summary>
internal sealed class StainProfile
{
    // Typical optical-density directions (R, G, B) of the two stains in routine sections.
    private static readonly double[] HaematoxylinTypical = [0.58, 0.72, 0.39];
    private static readonly double[] EosinTypical = [0.16, 0.82, 0.54];

    private readonly float[] _haematoxylin;
    private readonly float[] _eosin;

    /// <summary>Draws the staining of a slide.</summary>
    public StainProfile(ref CounterRandom random)
    {
        _haematoxylin = Vary(HaematoxylinTypical, random.Range(0.88, 1.16), ref random);
        _eosin = Vary(EosinTypical, random.Range(0.82, 1.2), ref random);
        var glass = random.Range(239, 247);
        Glass = [(float)(glass + random.Range(-1, 2)), (float)(glass + random.Range(-1, 1)), (float)(glass + random.Range(-1, 2))];
        EdgeSoftness = (float)random.Range(0.35, 0.6);
    }

    /// <summary>R, G and B of bare glass, 0…255.</summary>
    public float[] Glass { get; }

    /// <summary>Half width of the blur at the edge of a nucleus, µm.</summary>
    public float EdgeSoftness { get; }

    /// <summary>Beer and Lambert: the light of channel <paramref name="channel"/> left after the stains, 0…1.</summary>
    public float Transmittance(int channel, float haematoxylin, float eosin) =>
        MathF.Exp(-(_haematoxylin[channel] * haematoxylin + _eosin[channel] * eosin));

    private static float[] Vary(double[] typical, double strength, ref CounterRandom random)
    {
        var varied = new double[3];
        for (var c = 0; c < 3; c++) varied[c] = Math.Max(0.02, typical[c] + 0.035 * random.Normal());
        var norm = Math.Sqrt(varied[0] * varied[0] + varied[1] * varied[1] + varied[2] * varied[2]);
        return [.. varied.Select(v => (float)(v / norm * strength))];
    }
}
