using Histoseg.Slides;

namespace Histoseg.Segmentation.Inference;

/// <summary>How a batch of slides is segmented and what is written.</summary>
public sealed record BatchInferenceSettings
{
    /// <summary>The share of a patch's side in common with its neighbour, 0 to 0.9.</summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>Averages over the 8 flips and rotations: eight times the work.</summary>
    public bool Tta { get; init; }

    /// <summary>Whether the segmenter has a CRF with fixed weights behind its network: the labels depend on it, so it is recorded.</summary>
    public bool Crf { get; init; }

    /// <summary>Patches with all of R, G and B above this everywhere are background. 255 segments every patch.</summary>
    public byte TissueThreshold { get; init; } = 220;

    /// <summary>What counts as tissue. With <see cref="TissueRule.Otsu"/> a patch without any tissue is background, whatever the threshold.</summary>
    public TissueRule TissueRule { get; init; }

    /// <summary>Objects of the label map smaller than this, in mm², are removed; 0: none. See <see cref="CleanUp.LabelCleanUp"/>.</summary>
    public double MinObjectMm2 { get; init; }

    /// <summary>Holes in the label map's foreground smaller than this, in mm², are filled; 0: none.</summary>
    public double FillHolesMm2 { get; init; }

    /// <summary>Files wanted per slide; at least one.</summary>
    public InferenceOutputs Outputs { get; init; } = InferenceOutputs.All;

    /// <summary>µm per level-0 pixel of every slide, whatever the files say; null: as the files say.</summary>
    public double? MppOverride { get; init; }

    /// <summary>Segments slides again that are done, and replaces files that belong to another slide of the same name.</summary>
    public bool Overwrite { get; init; }
}
