namespace Histoseg.Segmentation.Inference;

/// <summary>What a part of a run did that was cut off.</summary>
/// <param name="Started">When the run started, UTC.</param>
/// <param name="MetadataPath">Its metadata file.</param>
/// <param name="Outcomes">The slides it dealt with.</param>
internal sealed record EarlierPart(DateTime Started, string MetadataPath, IReadOnlyList<SlideOutcome> Outcomes);
