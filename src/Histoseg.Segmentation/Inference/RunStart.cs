namespace Histoseg.Segmentation.Inference;

/// <summary>A run as it begins.</summary>
/// <param name="MetadataPath">Its record.</param>
/// <param name="Slides">Slides it deals with.</param>
/// <param name="OfSlides">Slides that its inputs lead to, in all shards.</param>
/// <param name="Shard">Which part of them it deals with; null: all.</param>
internal sealed record RunStart(string MetadataPath, int Slides, int OfSlides, Shard? Shard);
