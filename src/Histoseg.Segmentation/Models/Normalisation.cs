namespace Histoseg.Segmentation.Models;

/// <summary>How 8-bit colours become a network's input: (value/255 − mean)/deviation per channel.</summary>
/// <param name="Mean">Three means in 0…1, in the order red, green, blue.</param>
/// <param name="Deviation">Three deviations, above 0.</param>
public sealed record Normalisation(IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)
{
    /// <summary>The figures torchvision's pretrained networks were trained with.</summary>
    public static Normalisation ImageNet { get; } = new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

    /// <summary>Fills the network's input.</summary>
    /// <param name="rgb">Pixels, three bytes each.</param>
    /// <param name="input">As many numbers as <paramref name="rgb"/> has bytes.</param>
    public void Apply(ReadOnlySpan<byte> rgb, Span<float> input)
    {
        Span<float> scale = stackalloc float[3], shift = stackalloc float[3];
        for (var c = 0; c < 3; c++)
            (scale[c], shift[c]) = ((float)(1 / (255 * Deviation[c])), (float)(-Mean[c] / Deviation[c]));
        for (var i = 0; i + 2 < rgb.Length; i += 3)
        {
            input[i] = rgb[i] * scale[0] + shift[0];
            input[i + 1] = rgb[i + 1] * scale[1] + shift[1];
            input[i + 2] = rgb[i + 2] * scale[2] + shift[2];
        }
    }
}
