namespace Histoseg.Export;

/// <summary>What came of an export.</summary>
/// <param name="Path">The file.</param>
/// <param name="PatchSize">Side of the patch it is made for.</param>
/// <param name="SizeMultiple">Height and width of the input are multiples of this.</param>
/// <param name="TakesAnySize">Whether height and width may be any such multiples; otherwise they are <paramref name="PatchSize"/>.</param>
/// <param name="Difference">Largest difference between the probabilities of ONNX Runtime and ours.</param>
/// <param name="Rounding">Where <paramref name="Difference"/> is more than 1e-4: how far the engine's own float32 is from
/// float64, which explains it; otherwise 0.</param>
/// <param name="RuntimeVersion">Version of ONNX Runtime.</param>
public sealed record ExportResult(string Path, int PatchSize, int SizeMultiple, bool TakesAnySize, double Difference, double Rounding, string RuntimeVersion);
