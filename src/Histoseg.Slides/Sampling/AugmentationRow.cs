namespace Histoseg.Slides.Sampling;

/// <summary>An augmentation as numbers for the tape, which carries out all of it but the zoom.</summary>
/// <remarks>
/// Number 0 is the symmetry as <see cref="Augmentation.Symmetry"/> tells it; the 12 after it are the stain as <see cref="StainJitter.Write"/> tells it;
/// then come the blur's weights of the pixel itself and of those 1, 2, … away. Rows of one training run have one length, so weaker blurs end in zeros.
/// </remarks>
internal static class AugmentationRow
{
    private const int WeightsAt = 13;

    /// <summary>Numbers of a row under these settings.</summary>
    public static int Length(AugmentationSettings settings) => WeightsAt + 1 + (settings.BlurProbability > 0 ? GaussianBlur.Reach(settings.BlurSigma) : 0);

    /// <summary>Writes a row.</summary>
    /// <param name="augmentation">What is to be done.</param>
    /// <param name="row">Receives it; its length says how far a blur can reach.</param>
    public static void Write(Augmentation augmentation, Span<float> row)
    {
        row.Clear();
        row[0] = augmentation.Symmetry;
        // Without a change of stain densities stay as they are, but for the half that rounds them.
        if (augmentation.Stain is { } stain)
            stain.Write(row.Slice(1, 12));
        else
            for (var channel = 0; channel < 3; channel++)
                (row[1 + channel * 4 + channel], row[4 + channel * 4]) = (1, 0.5f);
        var weights = row[WeightsAt..];
        if (!augmentation.IsBlurred)
            weights[0] = 1;
        else
        {
            var all = GaussianBlur.Weights(augmentation.BlurSigma);
            all.AsSpan(all.Length / 2).CopyTo(weights);
        }
    }
}
