namespace Histoseg.Segmentation.Models;

/// <summary>How 8-bit colours become a network's input: (value/255 − mean)/deviation per channel.</summary>
/// <param name="Mean">Three means in 0…1, in the order red, green, blue.</param>
/// <param name="Deviation">Three deviations, above 0.</param>
public sealed record Normalisation(IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)
{
    /// <summary>The figures torchvision's pretrained networks were trained with.</summary>
    public static Normalisation ImageNet { get; } = new([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
}
