namespace Histoseg.Segmentation.Inference;

/// <summary>How slides are segmented and what is written.</summary>
public sealed record SegmentationSettings : LabelSettings
{
    /// <summary>Files wanted per slide; at least one.</summary>
    public IReadOnlyList<OutputKind> Outputs { get; init; } = OutputKinds.All;

    /// <summary>Segments slides again that are done, and replaces files that belong to another slide of the same name.</summary>
    public bool Overwrite { get; init; }
}
