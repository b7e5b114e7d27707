namespace Histoseg.Segmentation.Inference;

/// <summary>What a part of a run did that was cut off.</summary>
/// <param name="Started">When the run started, UTC.</param>
/// <param name="MetadataPath">Its metadata file.</param>
/// <param name="Outcomes">The slides it dealt with.</param>
/// <param name="OneAtATime">Whether from now on no slide is touched before the one before is done, so that it is known which one a crash is due to.</param>
internal sealed record EarlierPart(DateTime Started, string MetadataPath, IReadOnlyList<SlideOutcome> Outcomes, bool OneAtATime = false);
